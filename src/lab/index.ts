/** The lab: faults on private servers, healed by the ordinary pipeline and scored. */

export { type RecordedResult, readRecorded, recordOf } from './run/recorded-result.ts'
export { failures, markdownReport, type ResultRow, resultRow } from './run/report.ts'
export { type RunAllOptions, runAll } from './run/run-all.ts'
export { runScenario, type ScenarioResult } from './run/run-scenario.ts'
export type { RunOptions } from './run/set-scene.ts'
export { loadScenarios } from './scenario/load-scenarios.ts'
export type { Scenario } from './scenario/shape.ts'
