/** The address of an overlay: what people may leave out of it or get wrong, and that what is written is read again. */
import { expect, test } from "vitest";

import { readOverlayAddress, THEMES, VIEWS, writeOverlayAddress } from "../../../src/overlay/address.ts";

const token = "k3Yx0w2V9bQm7dT1rZ5uN8sL4hG6jF_aE-cPiOqWvXy";
const usual = { stage: 1, view: "lower-third", theme: "dark", hold: 4 };
const read = (text: string) => readOverlayAddress(new URL(text, "http://relay.example/"));

test("what is not said is as usual", () => {
  expect(read(`/overlay?meet=123456789#${token}`)).toEqual({ ...usual, link: { meet: "123-456-789", token } });
  expect(read(`/overlay.html?meet=123-456-789&stage=&view=&theme=#${token}`).link?.meet).toBe("123-456-789");
  expect(read(`/overlay?meet=123%20456%20789&stage=0&view=all&theme=pink#${token}`)).toMatchObject(usual);
  expect(read(`/overlay?meet=123456789&stage=1.5#${token}`).stage).toBe(1);
  expect(read(`/overlay?meet=123456789&stage=1e99#${token}`).stage).toBe(1);
  for (const hold of ["", "-1", "31", "x", "NaN"]) expect(read(`/overlay?meet=123456789&hold=${hold}#${token}`).hold).toBe(4);
  expect(read(`/overlay?meet=123456789&hold=0.5#${token}`).hold).toBe(0.5);
});

test("without a meet or a token there is no link", () => {
  for (const text of ["/overlay", "/overlay?meet=123456789", "/overlay?meet=123456789#", `/overlay?meet=12345678#${token}`, `/overlay?meet=123456789x#${token}`, `/overlay#${token}`]) {
    expect(read(text).link, text).toBeNull();
  }
});

test("what is written is read again", () => {
  const link = { meet: "007-000-120", token };
  for (const view of VIEWS) {
    for (const theme of THEMES) {
      const choice = { stage: 12, view, theme, hold: 0 };
      const text = writeOverlayAddress(link, choice);
      expect(read(text)).toEqual({ link, ...choice });
      expect(read(writeOverlayAddress(link, { view }))).toEqual({ ...usual, view, link });
      expect(new URL(text, "http://relay.example/").search).not.toContain(token);
    }
  }
});
