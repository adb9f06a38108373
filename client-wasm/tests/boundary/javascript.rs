//! `Core` called as JavaScript calls it, through the glue that is generated for it: which types come back, what is
//! thrown, and what becomes of arguments that Rust cannot hold.

use js_sys::{Float64Array, Function, JsString, Object, Reflect, Uint8Array, Uint32Array};
use scorelay_client::protocol::codec;
use scorelay_client_wasm::Core;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::reader::{Record, read};
use crate::relay::{NOW, live, new, welcome};

fn call(core: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(core, &method.into())?.dyn_into()?;
    function.apply(core, &arguments.iter().collect())
}

fn class(core: &JsValue) -> JsValue {
    Object::get_prototype_of(core).constructor().into()
}

fn output(core: &JsValue, method: &str, arguments: &[JsValue]) -> Vec<Record> {
    let packed = call(core, method, arguments).expect("inputs throw nothing");
    read(&packed.dyn_into::<Uint8Array>().expect("an output is an Uint8Array").to_vec())
}

/// Every input gives bytes, and the static functions typed arrays.
#[wasm_bindgen_test]
fn types() {
    let core: JsValue = new().into();
    let now = JsValue::from(NOW);
    assert_eq!(output(&core, "poll", std::slice::from_ref(&now))[0], Record::Connect);
    assert_eq!(output(&core, "connected", std::slice::from_ref(&now)).len(), 3);
    let message = Uint8Array::from(&codec::encode(&welcome())[..]);
    assert_eq!(output(&core, "message", &[now.clone(), message.into()]).len(), 1);
    for method in ["timeout", "hurry", "close"] {
        output(&core, method, std::slice::from_ref(&now));
    }
    output(&core, "disconnected", &[now, true.into(), "why".into()]);
    let stats = call(&core, "stats", &[]).expect("numbers");
    assert_eq!(stats.dyn_into::<Float64Array>().expect("numbers").length(), 7);
    let limits = call(&class(&core), "limits", &[]).expect("numbers");
    assert_eq!(limits.dyn_into::<Uint32Array>().expect("numbers").to_vec(), Core::limits());
    assert_eq!(call(&class(&core), "protocol", &[]).ok().and_then(|name| name.as_string()), Some(Core::protocol()));
}

/// What is thrown is a string of three lines.
#[wasm_bindgen_test]
fn refusals_are_strings() {
    let core: JsValue = live().into();
    let thrown = |method, arguments: &[JsValue]| {
        let error = call(&core, method, arguments).expect_err("refused").as_string().expect("a string");
        error.split('\n').next().unwrap_or_default().to_owned()
    };
    assert_eq!(thrown("watch", &["messages".into(), 0.into(), 5.into()]), "bad-range");
    assert_eq!(thrown("track", &["nonsense".into()]), "bad-entity");
}

/// Numbers that are no `u32` wrap or truncate as JavaScript's own conversions do; none of them gets past the checks.
#[wasm_bindgen_test]
fn numbers_that_do_not_fit() {
    let core: JsValue = live().into();
    let watch = |from: f64, to: f64| call(&core, "watch", &["messages".into(), from.into(), to.into()]);
    for (from, to) in [(f64::NAN, 5.0), (f64::INFINITY, 5.0), (-1.0, 5.0), (1.0, -1.0), (1.0, f64::NAN)] {
        assert!(watch(from, to).is_err(), "{from} to {to}");
    }
    assert!(watch(1.5, 50.9).is_ok());
    assert!(call(&core, "setWindow", &[JsValue::UNDEFINED, 1.into(), 2.into()]).is_err());
}

/// Half of a surrogate pair is no character: it comes as the replacement character.
#[wasm_bindgen_test]
fn lone_surrogates() {
    let core: JsValue = new().into();
    output(&core, "connected", &[NOW.into()]);
    let half: JsValue = JsString::from_char_code(&[0xD800, 0x78]).into();
    let records = output(&core, "disconnected", &[NOW.into(), false.into(), half.clone()]);
    let reason = records.into_iter().find_map(|record| match record {
        Record::Status { error: Some((_, _, message)), .. } => Some(message),
        _ => None,
    });
    assert_eq!(reason.as_deref(), Some("connection lost: \u{FFFD}x"));
    assert!(call(&core, "watch", &[half, 1.into(), 1.into()]).is_ok(), "an id no board has");
}
