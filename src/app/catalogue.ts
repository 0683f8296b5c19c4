/**
 * What this program knows, by engine. The only place where engines, detectors, diagnoses and actions meet;
 * their types are checked where each is written and erased here, because a list of engines has no common type.
 */
import { z } from 'zod'
import {
  CHANGING_ACTIONS,
  changedFiles,
  definitionDigest,
  EXECUTOR_READS,
  HIDING_ACTIONS,
  hiddenIndexes,
  mysqlActions,
  sourceActions,
  sqliteActions,
  toPredefinedAction,
} from '../actions/index.ts'
import type { Action, ActionPolicy } from '../core/action.ts'
import type { Detector } from '../core/detector.ts'
import type { Diagnosis } from '../core/diagnosis.ts'
import type { Engine } from '../core/engine.ts'
import type { Refusal } from '../core/errors.ts'
import type { EngineWatches } from '../core/failure-watches.ts'
import type { PredefinedAction } from '../core/nouns.ts'
import type { ParameterSchema } from '../core/parameters.ts'
import type { PastRun } from '../core/store-ports.ts'
import { MYSQL_DETECTORS } from '../detectors/index.ts'
import { MYSQL_DIAGNOSES } from '../diagnoses/index.ts'
import { mysqlEngine, mysqlOptions, mysqlWatches, validateGiven } from '../engines/mysql/index.ts'
import { checkShape, sourceEngine } from '../engines/source/index.ts'
import { checkShape as checkTableShape, sqliteEngine } from '../engines/sqlite/index.ts'
import { codeReader } from './code-reader.ts'
import { sha256 } from './sha256.ts'

/** Any engine. Its own snapshots and questions are known inside its folders only. */
export type AnyEngine = Engine<never, never>
/** Any action, with what must hold before it runs, in words, in the order it is checked. */
export type AnyAction = Action<ParameterSchema, never> & {
  readonly conditions: readonly { readonly id: string; readonly rule: string }[]
}

/** Our own records, as a policy holds them. */
type SaidByRuns = Pick<ActionPolicy, 'hiddenIndexes' | 'changedFiles'>

interface EngineEntry {
  readonly engine: AnyEngine
  readonly detectors: readonly Detector<never>[]
  readonly diagnoses: readonly Diagnosis<never>[]
  readonly actions: readonly AnyAction[]
  /** Checks that failures propose; null: none is known. */
  readonly watches: EngineWatches | null
  /** What `options` of a target may hold. */
  readonly options: z.ZodObject
  /** Whether given parameters have the shape an action takes; asks nobody. */
  checkShape(schema: ParameterSchema, given: unknown, action: string): Refusal | null
  /** What the executor's account needs to be granted beside what each action needs. */
  readonly executorReads: readonly string[]
  /** What later actions must know of earlier runs of these actions, newest first, on an instance. */
  readonly ownRuns: {
    readonly actionNames: readonly string[]
    say(runs: readonly PastRun[], instanceUid: string | null): SaidByRuns
  }
}

const ENTRIES: readonly EngineEntry[] = [
  {
    engine: mysqlEngine as unknown as AnyEngine,
    detectors: MYSQL_DETECTORS as unknown as readonly Detector<never>[],
    diagnoses: MYSQL_DIAGNOSES as unknown as readonly Diagnosis<never>[],
    actions: mysqlActions(sha256) as unknown as readonly AnyAction[],
    watches: mysqlWatches,
    options: mysqlOptions,
    checkShape: (schema, given, action) => {
      const valid = validateGiven(schema, given, action)
      return 'refused' in valid ? valid : null
    },
    executorReads: EXECUTOR_READS,
    ownRuns: {
      actionNames: HIDING_ACTIONS,
      say: (runs, instanceUid) => ({ hiddenIndexes: hiddenIndexes(runs, instanceUid) }),
    },
  },
  {
    engine: sourceEngine(codeReader) as unknown as AnyEngine,
    detectors: [],
    diagnoses: [],
    actions: sourceActions() as unknown as readonly AnyAction[],
    watches: null,
    options: z.strictObject({}),
    checkShape,
    executorReads: [],
    ownRuns: {
      actionNames: CHANGING_ACTIONS,
      say: (runs, instanceUid) => ({ changedFiles: changedFiles(runs, instanceUid) }),
    },
  },
  {
    engine: sqliteEngine as unknown as AnyEngine,
    detectors: [],
    diagnoses: [],
    actions: sqliteActions() as unknown as readonly AnyAction[],
    watches: null,
    options: z.strictObject({}),
    checkShape: checkTableShape,
    executorReads: [],
    ownRuns: { actionNames: [], say: () => ({}) },
  },
]

/** Ids of the engines, in order. */
export const ENGINE_IDS: readonly string[] = ENTRIES.map(({ engine }) => engine.id)

const ACTIONS = new Map(ENTRIES.flatMap((e) => e.actions).map((a) => [a.id, a]))
const DIGESTS = new Map([...ACTIONS.values()].map((a) => [a.id, definitionDigest(a as never, sha256)]))

/** The engine with this id. @throws RangeError for an engine this program does not have. */
export function engineEntry(id: string): EngineEntry {
  const entry = ENTRIES.find((e) => e.engine.id === id)
  if (entry === undefined) throw new RangeError(`there is no engine ${id}`)
  return entry
}

/** Every action, in the order of the catalogue. */
export const allActions = (): readonly AnyAction[] => [...ACTIONS.values()]

/** The action with this id, in this version if one is given; null if this program does not have it. */
export function actionOf(id: string, version?: number): AnyAction | null {
  const action = ACTIONS.get(id) ?? null
  return action !== null && (version === undefined || action.version === version) ? action : null
}

/** Why these parameters cannot be what the action takes, before any target is asked; null if they can. */
export const parameterProblem = (action: AnyAction, given: unknown): Refusal | null =>
  engineEntry(action.engine).checkShape(action.parameters, given, action.id)

/** Digest of an action's definition as this program has it; null for an unknown one. */
export const definitionDigestOf = (id: string): string | null => DIGESTS.get(id) ?? null

/** The catalogue as rows for the store. */
export const actionRows = (): readonly Omit<PredefinedAction, 'actionId'>[] =>
  allActions().map((action) => ({ ...toPredefinedAction(action as never, sha256), actionEnabled: true }))
