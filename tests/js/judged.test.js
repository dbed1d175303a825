import assert from "node:assert/strict";
import test from "node:test";

import { browserName, clock, latency, line, power, sum } from "../../src/thienly/web/static/js/judged.js";

test("a line is judged by the pictures it carries", () => {
  assert.deepEqual(line(0.3), { state: "bad", small: 0, large: 0 });
  assert.deepEqual(line(5), { state: "warn", small: 6, large: 1 });
  assert.equal(line(20).state, "good");
  assert.equal(line(10_000).small, 99);
});

test("what is slow, late or off is said, and the worst decides", () => {
  assert.deepEqual([20, 400, 3000].map(latency), ["good", "warn", "bad"]);
  assert.deepEqual([0.4, -1.9, 2.1, -60].map(clock), ["good", "good", "warn", "warn"]);
  assert.equal(power({ supported: true, smooth: true, powerEfficient: false }), "info");
  assert.equal(power({ supported: true, smooth: false, powerEfficient: false }), "warn");
  assert.equal(power(null), "info");
  assert.equal(sum(["good", "info"]), "good");
  assert.equal(sum(["good", "warn", "info"]), "warn");
  assert.equal(sum(["warn", "bad"]), "bad");
});

test("a browser is called by its name", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
  assert.equal(browserName(chrome), "Chrome 141");
  assert.equal(browserName(`${chrome} Edg/141.0.0.0`), "Edge 141");
  assert.equal(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox 140");
  assert.equal(browserName("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"), "Safari 17.5");
});
