import assert from "node:assert/strict";
import test from "node:test";

import { DAY, NARROWEST, WIDEST, following, isMidnight, marks, panned, preset, presetOf, startOfDay, turned, zoneOffset, zoomed } from "../../src/thienly/web/static/timeline/scale.js";
import { finest, pieceAt, playable, read, touching, words } from "../../src/thienly/web/static/timeline/pieces.js";
import { asked, missing } from "../../src/thienly/web/static/timeline/request.js";

const VN = "Asia/Ho_Chi_Minh";
const NOON = Date.parse("2026-11-17T12:00:00+07:00");
const HOUR = 3_600_000;
const LATEST = NOON + DAY;

test("days, weeks and months are those of the site's zone", () => {
  assert.equal(startOfDay(NOON, VN), Date.parse("2026-11-17T00:00:00+07:00"));
  assert.equal(startOfDay(Date.parse("2026-11-17T00:30:00+07:00"), VN), Date.parse("2026-11-17T00:00:00+07:00"));
  assert.deepEqual(preset("day", NOON, VN), { from: Date.parse("2026-11-17T00:00:00+07:00"), to: Date.parse("2026-11-18T00:00:00+07:00") });
  assert.deepEqual(preset("week", NOON, VN), { from: Date.parse("2026-11-16T00:00:00+07:00"), to: Date.parse("2026-11-23T00:00:00+07:00") });
  assert.deepEqual(preset("month", NOON, VN), { from: Date.parse("2026-11-01T00:00:00+07:00"), to: Date.parse("2026-12-01T00:00:00+07:00") });
  // Where clocks are put forward the day has 23 hours.
  const spring = preset("day", Date.parse("2026-03-29T12:00:00+02:00"), "Europe/Berlin");
  assert.equal(spring.to - spring.from, 23 * HOUR);
  assert.equal(zoneOffset(NOON, VN), 7 * HOUR);
});

test("turning the page keeps the preset, whatever its length", () => {
  for (const name of ["day", "week", "month"]) {
    const view = preset(name, NOON, VN);
    assert.equal(presetOf(view, VN), name);
    const next = turned(view, 1, VN);
    assert.equal(next.from, view.to);
    assert.equal(presetOf(next, VN), name);
    assert.deepEqual(turned(next, -1, VN), view);
  }
  assert.equal(presetOf({ from: NOON, to: NOON + DAY }, VN), null);
  assert.deepEqual(turned({ from: NOON, to: NOON + HOUR }, 1, VN), { from: NOON + HOUR, to: NOON + 2 * HOUR });
});

test("zooming keeps the moment under the pointer, from a month to a second", () => {
  let view = preset("month", NOON, VN);
  const part = (NOON - view.from) / (view.to - view.from);
  for (let turns = 0; turns < 100; turns += 1) view = zoomed(view, 0.8, NOON, LATEST + 30 * DAY);
  assert.equal(view.to - view.from, NARROWEST);
  assert.ok(Math.abs((NOON - view.from) / (view.to - view.from) - part) < 0.01);
  assert.ok(marks(view, 12, VN).every((mark) => mark.step === 1000));
  for (let turns = 0; turns < 100; turns += 1) view = zoomed(view, 1.25, NOON, LATEST);
  assert.equal(view.to - view.from, WIDEST);
  assert.ok(view.to <= LATEST);
});

test("nothing leads far into the future", () => {
  assert.deepEqual(panned({ from: NOON, to: NOON + HOUR }, 10 * DAY, LATEST), { from: LATEST - HOUR, to: LATEST });
});

test("the view follows a playing picture page by page", () => {
  const view = { from: NOON, to: NOON + HOUR };
  assert.equal(following(view, NOON + HOUR / 2, LATEST), view);
  const next = following(view, NOON + HOUR, LATEST);
  assert.equal(next.to - next.from, HOUR);
  assert.ok(next.from < NOON + HOUR && next.from > NOON + HOUR / 2);
  assert.ok(following(view, NOON - DAY, LATEST).from < NOON - DAY);
});

test("marks stand at round local times and are never too many", () => {
  for (const width of [5000, 60_000, HOUR, DAY, 7 * DAY, 31 * DAY, 62 * DAY]) {
    const found = marks({ from: NOON + 123, to: NOON + 123 + width }, 12, VN);
    assert.ok(found.length >= 2 && found.length <= 13, `${width}: ${found.length}`);
    for (const { at, step } of found) assert.equal((at + 7 * HOUR) % Math.min(step, DAY), 0);
  }
  assert.ok(isMidnight(Date.parse("2026-11-17T00:00:00+07:00"), VN));
  assert.ok(!isMidnight(NOON, VN));
});

const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();
const exact = read({
  start: iso(NOON), end: iso(NOON + DAY), now: iso(NOON + 10 * HOUR), resolution: "exact", bucket_s: 0, share: 0.8,
  stretches: [
    { start: iso(NOON), end: iso(NOON + HOUR), kind: "recorded", reason: null },
    { start: iso(NOON + HOUR), end: iso(NOON + 2 * HOUR), kind: "gap", reason: "unreachable" },
    { start: iso(NOON + 2 * HOUR), end: iso(NOON + 3 * HOUR), kind: "gap", reason: "not_scheduled" },
    { start: iso(NOON + 3 * HOUR), end: iso(NOON + 10 * HOUR), kind: "recording", reason: null },
  ],
});
const kinds = (/** @type {string} */ kind) => kind.toUpperCase();
const reasons = (/** @type {string} */ code) => `<${code}>`;

test("each moment has its kind and its reason in words", () => {
  const at = (/** @type {number} */ ms) => pieceAt(exact.pieces, ms);
  assert.equal(words(at(NOON), kinds, reasons), "RECORDED");
  assert.equal(words(at(NOON + HOUR), kinds, reasons), "GAP: <unreachable>");
  assert.equal(words(at(NOON + 2.5 * HOUR), kinds, reasons), "OFF: <not_scheduled>");
  assert.ok(playable(at(NOON + 9 * HOUR)) && !playable(at(NOON + HOUR)));
  assert.equal(at(NOON - 1), null);
  assert.equal(at(NOON + 10 * HOUR), null);
});

test("of a long span each bucket says how much is recorded, and why the rest is not", () => {
  const month = read({
    start: iso(NOON), end: iso(NOON + 30 * DAY), now: iso(NOON + 30 * DAY), resolution: "buckets", bucket_s: 3600, share: 0.9,
    buckets: [{ start: iso(NOON), end: iso(NOON + HOUR), recorded: 3599, deleted: 0, gap: 1, planned: 0, off: 0, unknown: 0, reasons: { stalled: 1 } }],
  });
  assert.equal(words(month.pieces[0], kinds, reasons), "RECORDED 99.9 % · GAP 1 s: <stalled>");
  // The finer answer counts where both know the moment.
  assert.equal(finest([month, exact], NOON + HOUR / 2), exact.pieces[0]);
  assert.equal(finest([month], NOON + HOUR / 2), month.pieces[0]);
  assert.equal(finest([month], NOON + 2 * HOUR), null);
});

test("only what is visible is drawn", () => {
  const many = Array.from({ length: 2000 }, (_, n) => ({ start: n, end: n + 1, parts: {}, reasons: {} }));
  assert.deepEqual(touching(many, 100.5, 103).map((piece) => piece.start), [100, 101, 102]);
  assert.deepEqual(touching(many, 5000, 6000), []);
});

test("what is known is not asked again; what is too coarse, too narrow or too old is", () => {
  const now = NOON + 10 * HOUR;
  const day = { from: NOON + HOUR, to: NOON + 5 * HOUR };
  assert.deepEqual(missing(day, [], now, LATEST), asked(day, LATEST));
  assert.equal(missing(day, [exact], now, LATEST), null);
  assert.equal(missing(day, [exact], now + 20 * HOUR, LATEST), null); // long past: it does not change
  assert.ok(missing({ from: NOON + HOUR, to: NOON + 20 * HOUR }, [exact], now + 60_000, LATEST)); // the present moved on
  const coarse = { ...exact, exact: false, step: 900_000 };
  assert.ok(missing(day, [coarse], now, LATEST));
  assert.ok(missing({ from: NOON - HOUR, to: NOON + HOUR }, [exact], now, LATEST));
  assert.equal(missing({ from: LATEST + 1, to: LATEST + HOUR }, [], now, LATEST), null); // the future
});

test("a day is asked for narrowly enough to be told exactly", () => {
  const span = asked({ from: NOON, to: NOON + DAY }, NOON + 30 * DAY);
  assert.ok(span.from < NOON && span.to > NOON + DAY && span.to - span.from <= 49 * HOUR);
});
