import { expect, test } from "vitest";
import { loadPackage, loadPackageSync } from "../../src/drivers/load-package.ts";

const wanted = { scheme: "postgresql", packageName: "pg" };
const missing = () => {
  throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
};

test("a client that is not installed is named with the command that installs it", async () => {
  await expect(loadPackage(async () => missing(), wanted)).rejects.toMatchObject({
    code: "connection/driver-missing",
    hint: "npm install pg",
  });
  expect(() => loadPackageSync(missing, wanted)).toThrow("npm install pg");
});

test("other failures pass unchanged", async () => {
  const broken = async () => {
    throw new RangeError("broken");
  };
  await expect(loadPackage(broken, wanted)).rejects.toThrow(RangeError);
});
