/**
 * How each statement of a load is run: the application's own, one that follows from its rows, one that reads a
 * relationship later, one that reads rows again. Pure.
 */
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { Cohort } from "../state/cohort.ts";
import type { ObjectState } from "../state/object-state.ts";
import { type CriteriaInForce, splitOptions } from "./criteria.ts";
import type { HydrateSettings } from "./hydrate.ts";
import { waysBack } from "./lazy.ts";
import type { LoadOptions } from "./load-session.ts";
import { childNode, criteriaBehind, type LoadedAt, loadedAt, NO_OPTIONS } from "./option-tree.ts";
import type { PlanSettings } from "./plan.ts";
import type { Recursion } from "./recursion.ts";
import type { RereadRequest } from "./reread.ts";
import type { FollowUp } from "./strategy.ts";

/** How a plan is run. */
export interface RunSettings extends PlanSettings, HydrateSettings {
  /** For the named parameters of the statement. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** What the statement is sent for, by which it is labelled. */
  readonly during: string;
  /** Whether objects that were there before get their eager loads, too. A lazy load leaves them alone. */
  readonly followsPresent: boolean;
  readonly criteria: CriteriaInForce;
  /** A relationship of the target that whoever runs the plan follows himself. */
  readonly followedElsewhere?: RelationshipAttribute | undefined;
}

/** Takes what was found for a parent. */
export type Give = (parent: ObjectState, found: readonly object[] | undefined) => void;

/** How a follow-up is run; its statements as {@link followUpSettings} says. */
export interface FollowSettings extends RunSettings {
  /** Whether a parent takes what is loaded; what was loaded before is never replaced. */
  readonly lacks: (parent: ObjectState) => boolean;
  /** Default: what was found becomes the parent's value. */
  readonly give?: Give | undefined;
  /** Takes many-to-one targets that are there already, and asks only for the others. */
  readonly looksUp?: boolean;
  readonly recursion?: Recursion | undefined;
}

/** For a statement of the application. */
export function loadSettings(options: LoadOptions): Omit<RunSettings, "during"> {
  const { paths, criteria } = splitOptions(options.options, options.loaderCriteria);
  return {
    options: paths,
    criteria,
    values: options.values,
    populateExisting: options.populateExisting === true,
    followsPresent: true,
  };
}

/** For a statement that a follow-up makes. */
export function followUpSettings(
  followUp: FollowUp,
  settings: FollowSettings,
  cohort: Cohort | undefined,
): RunSettings {
  const { recursion } = settings;
  return {
    options: settings.options,
    criteria: settings.criteria,
    node: followUp.node,
    trail: followUp.trail,
    during: settings.during,
    populateExisting: settings.populateExisting,
    followsPresent: settings.followsPresent,
    leaveLazy: settings.leaveLazy,
    cohort,
    overwrittenBefore: recursion?.overwritten,
    followedElsewhere: recursion?.continues ? followUp.relationship : undefined,
  };
}

/** For a statement that reads a relationship later than its object. */
export function lazySettings(state: ObjectState, relationship: RelationshipAttribute): RunSettings {
  const at = loadedAt(state.loadedBy);
  return {
    ...optionsAt(at),
    node: childNode(at?.node ?? NO_OPTIONS, relationship),
    trail: [...(at?.trail ?? [relationship.mapper]), relationship.target],
    during: `load ${relationship.mapper.name} › lazy ${relationship.key}`,
    populateExisting: false,
    followsPresent: false,
    leaveLazy: waysBack(relationship),
  };
}

/** For a statement that reads rows again; `overwrites`: what was loaded is replaced, not only what is missing filled in. */
export function rereadSettings(request: RereadRequest, overwrites: boolean): RunSettings {
  const { mapper, states, slots, loadedAt: at } = request;
  return {
    ...optionsAt(at),
    node: at?.node ?? NO_OPTIONS,
    trail: at?.trail ?? [mapper],
    during: `refresh ${mapper.name}`,
    populateExisting: false,
    refreshOnly: { states, slots, overwrites },
    followsPresent: true,
  };
}

/** The options of the statement that an object came with: those of the statements that follow it. */
function optionsAt(at: LoadedAt | undefined): Pick<RunSettings, "options" | "criteria"> {
  return { options: at?.options ?? [], criteria: criteriaBehind(at) };
}
