/** The lab: faults on private servers, healed by the ordinary pipeline and scored. */

export { SHOP_SIZE } from './pieces/shop.ts'
export { claimStaging, type Staging, type StagingAddress } from './pieces/staging.ts'
export type { RecordedResult } from './report/recorded.ts'
export { failures, type ResultRow, reportFiles, resultRow } from './report/report.ts'
export { mergeRecorded, readRecorded, writeRecorded } from './report/results-file.ts'
export { type PlannedRun, type RunAllOptions, runAll } from './run/run-all.ts'
export { runScenario, type ScenarioResult } from './run/run-scenario.ts'
export type { RunOptions } from './run/set-scene.ts'
export { loadScenarios } from './scenario/load-scenarios.ts'
export type { Scenario } from './scenario/shape.ts'
