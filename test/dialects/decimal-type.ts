import { numericType } from "../../src/types/number.ts";

/** A decimal with two digits after the point. */
export const decimalType = numericType(12, 2);
