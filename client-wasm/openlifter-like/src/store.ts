/** The store: kept by redux-persist in local storage, composed by the developer tools' function where there is one. */

import { applyMiddleware, combineReducers, compose, createStore, type Middleware, type Store, type StoreEnhancer } from "redux";
import { persistReducer, persistStore } from "redux-persist";
import storage from "redux-persist/lib/storage";
import { reducers, type Action, type State } from "./state.js";

declare global {
  interface Window {
    __REDUX_DEVTOOLS_EXTENSION_COMPOSE__?: typeof compose;
    store?: Store<State, Action>;
  }
}

/** Functions as actions, as the package redux-thunk has it. */
const thunk: Middleware = ({ dispatch, getState }) => (next) => (action) =>
  typeof action === "function" ? action(dispatch, getState) : next(action);

/** Makes it. `fork` is an enhancer that is built in. */
export function makeStore(fork?: StoreEnhancer): Store<State, Action> {
  const reducer = persistReducer({ key: "root", storage }, combineReducers(reducers) as never);
  const composed = (window.__REDUX_DEVTOOLS_EXTENSION_COMPOSE__ ?? compose)(applyMiddleware(thunk), ...(fork === undefined ? [] : [fork]));
  const store = createStore(reducer, composed as StoreEnhancer) as unknown as Store<State, Action>;
  persistStore(store as never);
  window.store = store;
  return store;
}
