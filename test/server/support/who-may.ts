/** Which role of a workspace holds which right, written down again by hand: never taken from the server. */
import type { Actor } from './api-world.ts'

/** Who may what, as the specification has it. */
export const MAY: Readonly<Record<string, readonly Actor[]>> = {
  read: ['viewer', 'operator', 'approver', 'administrator', 'auditor'],
  metrics: ['viewer', 'operator', 'approver', 'administrator', 'auditor'],
  audit: ['administrator', 'auditor'],
  report: ['operator', 'approver', 'administrator'],
  ask: ['operator', 'approver', 'administrator'],
  stop: ['operator', 'approver', 'administrator'],
  release: ['approver', 'administrator'],
  vote: ['approver'],
  administer: ['administrator'],
}
