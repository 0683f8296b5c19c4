/** Conditions that compare the role of the connection with what it writes. '' is the owner. */
import { insertingRoles } from './access.ts'
import { type Condition, conditions } from './condition.ts'
import type { Dialect } from './dialect.ts'
import { TABLES } from './tables.ts'

const words = (list: readonly string[]): string => list.map((word) => `'${word}'`).join(', ')

/** Tables only the store’s own triggers and migrations fill. */
const INTERNAL: readonly string[] = ['audit_log', 'audit_head', 'state_transitions', 'metric_samples']

const BY_TABLE: readonly Condition[] = TABLES.filter((table) => !INTERNAL.includes(table.name)).flatMap(
  (table) =>
    conditions(table.name, 'insert', [
      ['GOV-007', (d: Dialect) => `${d.role} IN (${words(['', ...insertingRoles(table.name)])})`],
    ]),
)

/** Tables where several roles insert, each its own kind of row. */
const BY_VALUE: readonly Condition[] = [
  ...conditions('detection_events', 'insert', [
    ['GOV-007', (d) => `${d.role} <> 'reason' OR NEW.detection_source = 'MANUAL'`],
    ['GOV-007', (d) => `${d.role} <> 'observe' OR NEW.detection_source <> 'MANUAL'`],
  ]),
  ...conditions('decision_endings', 'insert', [
    [
      'GOV-007',
      (d) =>
        `${d.role} = '' OR (NEW.ending = 'EXPIRED' AND ${d.role} = 'reason') OR (NEW.ending = 'VOIDED' AND ${d.role} = 'act') OR (NEW.ending NOT IN ('EXPIRED', 'VOIDED') AND ${d.role} = 'serve')`,
    ],
  ]),
  ...conditions('execution_verifications', 'insert', [
    ['GOV-007', (d) => `${d.role} = '' OR (NEW.assessed_by = 'act') = (${d.role} = 'act')`],
  ]),
]

/** Role conditions. */
export const ROLE_CONDITIONS: readonly Condition[] = [...BY_TABLE, ...BY_VALUE]
