import { blogAndSchool } from "./blog-and-school/main.ts";
import { carDataMart } from "./car-data-mart/main.ts";
import { dealership } from "./dealership/main.ts";
import { raccoons } from "./raccoons/main.ts";
import { shop } from "./shop/main.ts";
import type { Example } from "./support/example.ts";

/** The five systems, in the order in which the demo shows them. */
export const systems: readonly Example[] = [dealership, carDataMart, blogAndSchool, raccoons, shop];
