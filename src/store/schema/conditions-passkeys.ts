/** Conditions on passkeys: whose they are, that counters go forward, and that a challenge is answered once and soon. */
import { CHALLENGE_MINUTES_MOST, PASSKEY_NAMES_MOST, PASSKEYS_MOST } from '../../core/passkeys.ts'
import { type Condition, conditions } from './condition.ts'
import { activePerson } from './conditions-decide.ts'
import { endedOnce } from './conditions-sign-in.ts'

/** Conditions of the tables of passkeys. */
export const PASSKEY_CONDITIONS: readonly Condition[] = [
  ...conditions('passkeys', 'insert', [
    ['GOV-131', activePerson('NEW.user_id')],
    ['GOV-131', () => 'NEW.removed_by IS NULL AND NEW.last_used_at IS NULL'],
    [
      'GOV-133',
      () =>
        `(SELECT COUNT(*) FROM passkeys p WHERE p.user_id = NEW.user_id AND p.removed_by IS NULL) < ${PASSKEYS_MOST}`,
    ],
  ]),
  ...conditions('passkeys', 'update', [
    ['GOV-131', endedOnce('removed_by')],
    [
      'GOV-131',
      (d) =>
        `(NEW.sign_count = OLD.sign_count AND ${d.same('NEW.last_used_at', 'OLD.last_used_at')}) OR (OLD.removed_by IS NULL AND NEW.last_used_at IS NOT NULL AND (NEW.sign_count > OLD.sign_count OR (NEW.sign_count = 0 AND OLD.sign_count = 0)))`,
    ],
  ]),
  ...conditions('passkey_names', 'insert', [
    ['GOV-139', activePerson('NEW.user_id')],
    [
      'GOV-139',
      (d) =>
        `EXISTS (SELECT 1 FROM passkeys p WHERE p.passkey_id = NEW.passkey_id AND p.removed_by IS NULL${d.share})`,
    ],
    [
      'GOV-139',
      () =>
        `(SELECT COUNT(*) FROM passkey_names n WHERE n.passkey_id = NEW.passkey_id) < ${PASSKEY_NAMES_MOST}`,
    ],
  ]),
  ...conditions('passkey_challenges', 'insert', [
    [
      'GOV-132',
      (d) =>
        `NEW.expires_at > ${d.now} AND NEW.expires_at <= ${d.plus(d.now, CHALLENGE_MINUTES_MOST, 'MINUTE')}`,
    ],
    ['GOV-132', () => 'NEW.is_used = 0'],
    ['GOV-132', (d) => `NEW.user_id IS NULL OR ${activePerson('NEW.user_id')(d)}`],
  ]),
  ...conditions('passkey_challenges', 'update', [
    [
      'GOV-132',
      (d) =>
        `NEW.is_used = OLD.is_used OR (OLD.is_used = 0 AND NEW.is_used = 1 AND OLD.expires_at > ${d.now})`,
    ],
  ]),
  ...conditions('passkey_challenges', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'serve')`],
    ['GOV-132', (d) => `OLD.expires_at <= ${d.now}`],
  ]),
]
