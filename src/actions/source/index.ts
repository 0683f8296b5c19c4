/** The catalogue of actions on an application's own code. */
import { applyPatch } from './apply-patch.ts'
import { restoreFile } from './restore-file.ts'
import type { SourceAction } from './source-action.ts'

/** Every action of engine `source`. */
export const sourceActions = (): readonly SourceAction[] =>
  [applyPatch, restoreFile] as unknown as readonly SourceAction[]
