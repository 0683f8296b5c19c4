/** The learn stage: lessons from runs, and how far confidence can be believed. It never gains the power to act. */
export { calibrateConfidence } from './calibrate-confidence.ts'
export { writeLessons } from './lessons.ts'
export type { Prediction } from './platt.ts'
