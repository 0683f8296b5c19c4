/** The lab: faults on private servers, healed by the ordinary pipeline and scored. */

export { failures, markdownReport, plainResult, type ResultRow, resultRow } from './run/report.ts'
export { type RunOptions, runScenario, type ScenarioResult } from './run/run-scenario.ts'
export { loadScenarios } from './scenario/load-scenarios.ts'
export type { Scenario } from './scenario/shape.ts'
