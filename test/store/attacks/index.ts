/** Every attack, in the order in which they run against one store. */
import { CHAIN_ATTACKS, PEOPLE_ATTACKS, SERVER_ATTACKS, SQLITE_ATTACKS } from './around.ts'
import type { Attack } from './attack.ts'
import { DECISION_ATTACKS } from './decisions.ts'
import { ERASURE_ATTACKS } from './erasures.ts'
import { EVENT_ATTACKS } from './events.ts'
import { FAILURE_ATTACKS } from './failures.ts'
import { ONE_RUN_ATTACKS } from './one-run.ts'
import { PASSKEY_ATTACKS } from './passkeys.ts'
import { RECOVERY_ATTACKS } from './recovery.ts'
import { SWITCH_ATTACKS } from './recovery-switches.ts'
import { RETENTION_ATTACKS } from './retention.ts'
import { RIGHTS_ATTACKS } from './rights.ts'
import { RUN_ATTACKS } from './runs.ts'
import { SECOND_FACTOR_ATTACKS } from './second-factors.ts'
import { SIGN_IN_ATTACKS } from './sign-in.ts'
import { SOURCE_ATTACKS } from './source.ts'
import { SUPPRESSION_ATTACKS } from './suppressions.ts'
import { SWITCH_BESIDE_ATTACKS } from './switches-beside.ts'
import { VOTE_ATTACKS } from './votes.ts'
import { WATCH_ATTACKS } from './watches.ts'

/** All attacks. */
export const ATTACKS: readonly Attack[] = [
  ...EVENT_ATTACKS,
  ...DECISION_ATTACKS,
  ...VOTE_ATTACKS,
  ...RUN_ATTACKS,
  ...ONE_RUN_ATTACKS,
  ...RIGHTS_ATTACKS,
  ...RETENTION_ATTACKS,
  ...SIGN_IN_ATTACKS,
  ...SECOND_FACTOR_ATTACKS,
  ...FAILURE_ATTACKS,
  ...SUPPRESSION_ATTACKS,
  ...RECOVERY_ATTACKS,
  ...SWITCH_ATTACKS,
  ...SWITCH_BESIDE_ATTACKS,
  ...WATCH_ATTACKS,
  ...SOURCE_ATTACKS,
  ...PASSKEY_ATTACKS,
  ...ERASURE_ATTACKS,
  ...PEOPLE_ATTACKS,
  ...CHAIN_ATTACKS,
  ...SERVER_ATTACKS,
  ...SQLITE_ATTACKS,
]
