/** What the rest of the project may use from this folder. */
export { type HookState, hookState, installHook, uninstallHook } from './hook.ts'
export { type StagedScan, scanStaged } from './scan-staged.ts'
