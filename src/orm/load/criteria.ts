/**
 * `withLoaderCriteria`: a condition that holds wherever a class is read, said once for a statement or a session.
 *
 * An option of its own kind: it names a class, not a path. Which statements it reaches is decided by `load.ts`, for writes
 * by the session's `statements.ts`; how it gets into one by `apply-criteria.ts`.
 */
import { fail } from "../../foundation/errors.ts";
import { toCriterion } from "../../sql/coerce.ts";
import type { LoadOption, MappedClass, NoPaths } from "../../sql/entity.ts";
import { ENTITY, type EntityRef, type ExpressionNode, type Source } from "../../sql/nodes.ts";
import type { Criterion } from "../../sql/row.ts";

/** How far a criterion reaches. */
export interface LoaderCriteriaOptions {
  /** Whether aliases that the application makes of the class are meant, too. Default false. */
  readonly includeAliases?: boolean;
  /** False: loads that are made later, from the objects of the statement, go without it. Default true. */
  readonly propagateToLoaders?: boolean;
}

/** A condition that holds wherever a class is read. */
export class LoaderCriteria implements LoadOption<never, NoPaths> {
  declare readonly owner: never;
  declare readonly paths: NoPaths;
  declare readonly unloads: never;
  /** The table of the class, or the alias that was given for it. */
  readonly source: Source;
  readonly includeAliases: boolean;
  readonly propagateToLoaders: boolean;
  readonly #condition: () => ExpressionNode;

  constructor(source: Source, condition: () => ExpressionNode, options: LoaderCriteriaOptions) {
    this.source = source;
    this.includeAliases = options.includeAliases ?? false;
    this.propagateToLoaders = options.propagateToLoaders ?? true;
    this.#condition = condition;
  }

  /** The condition over {@link source}; a function of the application is asked each time. */
  get condition(): ExpressionNode {
    return this.#condition();
  }
}

/**
 * Adds a criterion wherever a class occurs in a statement: FROM, the ON of joins, `any()` and `has()`, subqueries, and
 * every load that follows from the objects of the statement. With a session it holds for all of its statements.
 *
 * A function gets the class, and is called for each statement anew: what it reads from outside may change.
 * Errors: mapping/not-mapped, load/wrong-criteria-option; sql/not-a-condition when the statement is made.
 *
 * @example select(User).options(withLoaderCriteria(Post, Post.c.title.ne("")))
 * @example new Session(engine, { loaderCriteria: [withLoaderCriteria(Post, (post) => post.c.title.ne(""))] })
 */
export function withLoaderCriteria<Class extends MappedClass & { readonly c: unknown }>(
  entity: Class,
  criterion: Criterion | ((entity: Class) => Criterion),
  options: LoaderCriteriaOptions = {},
): LoaderCriteria {
  const reference = (entity as { readonly [ENTITY]?: EntityRef } | undefined)?.[ENTITY];
  if (reference === undefined) {
    throw fail("mapping/not-mapped", { got: entity, where: "withLoaderCriteria()" });
  }
  refuseUnknown(options);
  const condition = () =>
    toCriterion(typeof criterion === "function" ? criterion(entity) : criterion, "withLoaderCriteria()");
  // What needs no asking is checked where it is written.
  if (typeof criterion !== "function") condition();
  return new LoaderCriteria(reference.source, condition, options);
}

const OPTIONS = ["includeAliases", "propagateToLoaders"];

function refuseUnknown(options: LoaderCriteriaOptions): void {
  for (const [option, value] of Object.entries(options)) {
    if (!OPTIONS.includes(option) || (value !== undefined && typeof value !== "boolean")) {
      throw fail("load/wrong-criteria-option", { option, options: OPTIONS, got: value });
    }
  }
}

/** Checks what a session is given. Errors: load/not-criteria. */
export function asCriteria(values: unknown): readonly LoaderCriteria[] {
  const list = Array.isArray(values) ? values : [values];
  for (const value of list) {
    if (!(value instanceof LoaderCriteria)) throw fail("load/not-criteria", { got: value });
  }
  return list as LoaderCriteria[];
}

// ---------------------------------------------------------------- what holds for a statement

/** The criteria of one statement; the same object for everything that came of it. */
export interface CriteriaInForce {
  /** Whether those of the session hold. */
  readonly ofSession: boolean;
  /** Those of the statement's options. */
  readonly own: readonly LoaderCriteria[];
  /** What holds for loads that are made later from the statement's objects. */
  readonly later: CriteriaInForce;
}

/** What holds where a statement says nothing: the criteria of the session. */
export const SESSION_CRITERIA: CriteriaInForce = inForce(true, []);

const NO_CRITERIA: CriteriaInForce = inForce(false, []);

function inForce(ofSession: boolean, own: readonly LoaderCriteria[]): CriteriaInForce {
  const later = own.filter((each) => each.propagateToLoaders);
  if (later.length < own.length) return { ofSession, own, later: criteriaInForce(later, ofSession) };
  const criteria = {
    ofSession,
    own,
    get later() {
      return criteria;
    },
  };
  return criteria;
}

function criteriaInForce(own: readonly LoaderCriteria[], ofSession: boolean): CriteriaInForce {
  if (own.length > 0) return inForce(ofSession, own);
  return ofSession ? SESSION_CRITERIA : NO_CRITERIA;
}

/** All criteria that are in force: those of the session, then those of the statement. */
export function criteriaOf(
  session: { readonly loaderCriteria: readonly LoaderCriteria[] },
  { ofSession, own }: CriteriaInForce,
): readonly LoaderCriteria[] {
  if (!ofSession) return own;
  return own.length === 0 ? session.loaderCriteria : [...session.loaderCriteria, ...own];
}

/** Takes the criteria out of a statement's options. `ofSession` false: those of the session do not hold. */
export function splitOptions(
  options: readonly object[],
  ofSession = true,
): { readonly paths: readonly object[]; readonly criteria: CriteriaInForce } {
  if (options.length === 0 && ofSession) return { paths: options, criteria: SESSION_CRITERIA };
  const own = options.filter((option) => option instanceof LoaderCriteria);
  const paths = own.length === 0 ? options : options.filter((option) => !(option instanceof LoaderCriteria));
  return { paths, criteria: criteriaInForce(own, ofSession) };
}
