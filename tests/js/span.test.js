import assert from "node:assert/strict";
import test from "node:test";

import { Span } from "../../src/thienly/web/static/timeline/span.js";

const element = () => ({ style: {}, hidden: true, querySelectorAll: () => [] });

test("a span is of whole seconds, and holds what was pointed at", () => {
  const span = new Span(/** @type {any} */ (element()), { x: (ms) => ms, time: (x) => x, changed: () => {}, height: 1 });
  span.between(5_999.7, 2_000.2);
  assert.deepEqual(span.span, { from: 2_000, to: 6_000 });
  span.between(2_100, 2_200);
  assert.deepEqual(span.span, { from: 2_000, to: 3_000 });
  span.between(4_000, 4_000);
  assert.deepEqual(span.span, { from: 4_000, to: 5_000 });
});
