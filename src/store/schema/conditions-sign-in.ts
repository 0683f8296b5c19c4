/** Conditions on signing in: whose password, session, token or role it is, and how long it may hold. */
import { TOKEN_SCOPES } from '../../core/sign-in-port.ts'
import { type Condition, conditions } from './condition.ts'
import { activePerson, administrator } from './conditions-decide.ts'
import { orErased } from './conditions-erasures.ts'
import type { Dialect } from './dialect.ts'

/** Written by the person it is about, or by an active administrator. */
const byOneself = (column: string, owner = 'NEW.user_id') => {
  return (d: Dialect): string =>
    `${activePerson(`NEW.${column}`)(d)} AND (NEW.${column} = ${owner} OR ${administrator(`NEW.${column}`)(d)})`
}

const within =
  (column: string, days: number) =>
  (d: Dialect): string =>
    `NEW.${column} > ${d.now} AND NEW.${column} <= ${d.plus(d.now, days, 'DAY')}`

/** Ended once, by its owner or an administrator, and stays so. */
export const endedOnce =
  (column: string) =>
  (d: Dialect): string =>
    `${d.same(`NEW.${column}`, `OLD.${column}`)} OR (OLD.${column} IS NULL AND ${byOneself(column, 'OLD.user_id')(d)})`

/** Approvers and administrators of a workspace are so by their login first. */
const roleOfLogin = (d: Dialect): string =>
  `NEW.is_held = 0 OR NEW.member_role NOT IN ('approver', 'administrator') OR EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.is_active = 1 AND ((NEW.member_role = 'approver' AND u.is_approver = 1) OR (NEW.member_role = 'administrator' AND u.is_admin = 1))${d.share})`

const older =
  (column: string, days: number) =>
  (d: Dialect): string =>
    `${d.plus(column, days, 'DAY')} <= ${d.now}`

/** A list of known words, written without spaces, as the program writes it. */
const knownScopes = (d: Dialect): string => {
  const words = TOKEN_SCOPES.map((scope) => `'"${scope}"'`).join(', ')
  return d.name === 'sqlite'
    ? `json_type(NEW.scopes) = 'array' AND json_array_length(NEW.scopes) > 0 AND NOT EXISTS (SELECT 1 FROM json_each(NEW.scopes) j WHERE COALESCE(NEW.scopes -> j.fullkey, '') NOT IN (${words}))`
    : `NEW.scopes LIKE '["%"]' AND NEW.scopes REGEXP '^.("(${TOKEN_SCOPES.join('|')})",)*"(${TOKEN_SCOPES.join('|')})".$'`
}

const living = (d: Dialect): string =>
  `EXISTS (SELECT 1 FROM second_factors f WHERE f.factor_id = NEW.factor_id AND f.user_id = NEW.user_id AND f.removed_by IS NULL${d.share})`

const ANSWER = ['public_key', 'key_id', 'sealed_key', 'password_hash'] as const

/** Answered whole, once, before it runs out or is settled. */
const answeredOnce = (d: Dialect): string =>
  `(${ANSWER.map((name) => d.same(`NEW.${name}`, `OLD.${name}`)).join(' AND ')}) OR (OLD.key_id IS NULL AND OLD.settled_as IS NULL AND ${d.same('NEW.settled_as', 'OLD.settled_as')} AND OLD.expires_at > ${d.now})`

/** Settled once, by an administrator; as registered only when the login has the key that was answered with. */
const settledOnce = (d: Dialect): string =>
  `(${d.same('NEW.settled_as', 'OLD.settled_as')} AND ${d.same('NEW.settled_by', 'OLD.settled_by')}) OR (OLD.settled_as IS NULL AND ${administrator('NEW.settled_by')(d)} AND (NEW.settled_as = 'WITHDRAWN' OR EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.person_id = NEW.person_id AND u.key_id = OLD.key_id${d.share})))`

/** Sessions stay this long after their end, days. */
export const SESSION_DAYS_LEAST = 30
/** Attempts stay this long, days. */
export const ATTEMPT_DAYS_LEAST = 1

/** Conditions of the sign-in tables. */
export const SIGN_IN_CONDITIONS: readonly Condition[] = [
  ...conditions('memberships', 'insert', [
    ['GOV-100', administrator('NEW.changed_by')],
    ['GOV-104', roleOfLogin],
  ]),
  ...conditions('memberships', 'update', [
    ['GOV-100', administrator('NEW.changed_by')],
    ['GOV-104', roleOfLogin],
  ]),
  ...conditions('passwords', 'insert', [['GOV-100', byOneself('set_by')]]),
  ...conditions('passwords', 'update', [['GOV-100', byOneself('set_by')]]),
  ...conditions('sealed_keys', 'insert', [
    [
      'GOV-104',
      (d) =>
        `EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.is_active = 1 AND u.key_id = NEW.key_id${d.share})`,
    ],
  ]),
  ...conditions('sessions', 'insert', [
    ['GOV-100', activePerson('NEW.user_id')],
    ['GOV-101', within('expires_at', 30)],
  ]),
  ...conditions('sessions', 'update', [['GOV-063', endedOnce('ended_by')]]),
  ...conditions('sessions', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'serve')`],
    ['GOV-103', orErased('OLD.user_id', older('OLD.expires_at', SESSION_DAYS_LEAST))],
  ]),
  ...conditions('api_tokens', 'insert', [
    ['GOV-100', activePerson('NEW.user_id')],
    ['GOV-101', within('expires_at', 366)],
    ['GOV-063', () => 'NEW.revoked_by IS NULL'],
    ['GOV-109', knownScopes],
    [
      'GOV-109',
      (d) =>
        `NEW.scopes NOT LIKE '%"vote"%' OR EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.is_active = 1 AND u.is_approver = 1 AND u.key_id IS NOT NULL${d.share})`,
    ],
  ]),
  ...conditions('admin_approvals', 'insert', [
    ['GOV-109', () => "NEW.risk_level <> 'HIGH' OR NEW.authentication_method <> 'key+token'"],
  ]),
  ...conditions('api_tokens', 'update', [['GOV-063', endedOnce('revoked_by')]]),
  ...conditions('sign_in_links', 'insert', [
    [
      'GOV-100',
      (d) =>
        `(NEW.created_by IS NULL AND NEW.user_id IS NULL AND NOT EXISTS (SELECT 1 FROM passwords)) OR (NEW.user_id IS NOT NULL AND ${administrator('NEW.created_by')(d)})`,
    ],
    ['GOV-101', within('expires_at', 7)],
    ['GOV-102', () => 'NEW.is_used = 0'],
  ]),
  ...conditions('sign_in_links', 'update', [
    [
      'GOV-102',
      (d) =>
        `NEW.is_used = OLD.is_used OR (OLD.is_used = 0 AND NEW.is_used = 1 AND OLD.expires_at > ${d.now})`,
    ],
  ]),
  ...conditions('sign_in_attempts', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'serve')`],
    ['GOV-103', older('OLD.attempted_at', ATTEMPT_DAYS_LEAST)],
  ]),
  ...conditions('decision_readings', 'insert', [
    ['GOV-105', activePerson('NEW.user_id')],
    [
      'GOV-105',
      (d) =>
        `EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.decision_id = NEW.decision_id AND d.plan_digest = NEW.plan_digest${d.share})`,
    ],
  ]),
  ...conditions('request_answers', 'insert', [
    ['GOV-106', activePerson('NEW.user_id')],
    ['GOV-106', within('expires_at', 2)],
    ['GOV-106', () => 'NEW.answer_status IS NULL AND NEW.answer IS NULL'],
  ]),
  ...conditions('request_answers', 'update', [
    ['GOV-106', () => 'OLD.answer_status IS NULL AND NEW.answer_status IS NOT NULL'],
  ]),
  ...conditions('request_answers', 'delete', [
    ['GOV-007', (d) => `${d.role} IN ('', 'serve')`],
    ['GOV-106', (d) => `OLD.answer_status IS NULL OR OLD.expires_at <= ${d.now}`],
  ]),
  ...conditions('second_factors', 'insert', [
    ['GOV-107', activePerson('NEW.user_id')],
    ['GOV-107', () => 'NEW.removed_by IS NULL'],
  ]),
  ...conditions('second_factors', 'update', [
    ['GOV-107', endedOnce('removed_by')],
    [
      'GOV-107',
      () => 'NEW.last_step = OLD.last_step OR (NEW.last_step > OLD.last_step AND OLD.removed_by IS NULL)',
    ],
  ]),
  ...conditions('recovery_codes', 'insert', [
    ['GOV-108', living],
    ['GOV-108', () => 'NEW.is_used = 0'],
  ]),
  ...conditions('recovery_codes', 'update', [
    ['GOV-108', (d) => `NEW.is_used = OLD.is_used OR (OLD.is_used = 0 AND NEW.is_used = 1 AND ${living(d)})`],
  ]),
  ...conditions('invitations', 'insert', [
    ['GOV-110', administrator('NEW.invited_by')],
    ['GOV-101', within('expires_at', 7)],
    [
      'GOV-110',
      (d) =>
        `NEW.key_id IS NULL AND NEW.settled_as IS NULL AND NEW.person_id <> 1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.person_id <> NEW.person_id${d.share})`,
    ],
  ]),
  ...conditions('invitations', 'update', [
    ['GOV-110', answeredOnce],
    ['GOV-110', settledOnce],
  ]),
]
