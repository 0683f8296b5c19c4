/** Language models: text in, typed proposal out. This folder reaches no database, no store and no action. */
export { createModel, type ModelKind, type ModelSettings } from './create-model.ts'
