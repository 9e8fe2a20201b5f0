/**
 * Loads a client library on the first connection that needs it.
 */
import { fail } from "../foundation/errors.ts";

/** Which package, and which URL scheme asked for it. */
export interface WantedPackage {
  readonly scheme: string;
  readonly packageName: string;
}

/** Loads a package. Errors: connection/driver-missing when it is not installed. */
export async function loadPackage<Module>(
  importPackage: () => Promise<Module>,
  wanted: WantedPackage,
): Promise<Module> {
  try {
    return await importPackage();
  } catch (error) {
    throw isMissing(error) ? fail("connection/driver-missing", { ...wanted }, { cause: error }) : error;
  }
}

/** Loads a package at once. Errors: connection/driver-missing when it is not installed. */
export function loadPackageSync<Module>(requirePackage: () => Module, wanted: WantedPackage): Module {
  try {
    return requirePackage();
  } catch (error) {
    throw isMissing(error) ? fail("connection/driver-missing", { ...wanted }, { cause: error }) : error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}
