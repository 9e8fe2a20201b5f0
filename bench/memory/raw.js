import Database from "better-sqlite3";
import { fill, held } from "./rows.js";

const file = process.argv[2];
fill(file);
const database = new Database(file);
const all = database.prepare("SELECT * FROM users");
console.log(await held(() => all.all()));
