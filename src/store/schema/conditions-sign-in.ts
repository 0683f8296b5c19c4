/** Conditions on signing in: whose password, session, token or role it is, and how long it may hold. */
import { type Condition, conditions } from './condition.ts'
import { activePerson, administrator } from './conditions-decide.ts'
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
const endedOnce =
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
    ['GOV-103', older('OLD.expires_at', SESSION_DAYS_LEAST)],
  ]),
  ...conditions('api_tokens', 'insert', [
    ['GOV-100', activePerson('NEW.user_id')],
    ['GOV-101', within('expires_at', 366)],
    ['GOV-063', () => 'NEW.revoked_by IS NULL'],
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
]
