/**
 * Conditions on the erasure of people, and what it takes away: the name, the key under which they stand on the chain, and
 * all a login proves itself with. What they decided, and their registrations, stay under the login.
 */
import { type Condition, conditions, type Effect, type RowLock } from './condition.ts'
import { administrator } from './conditions-decide.ts'
import type { Dialect } from './dialect.ts'
import type { RuleId } from './rules.ts'

const erased = (d: Dialect, person: string): string =>
  `EXISTS (SELECT 1 FROM person_erasures x WHERE x.person_id = ${person}${d.share})`
const erasedLogin = (d: Dialect, user: string): string =>
  `EXISTS (SELECT 1 FROM person_erasures x JOIN users u ON u.person_id = x.person_id WHERE u.user_id = ${user}${d.share})`

/** What stands in the place of a name. */
const standIn = (d: Dialect, person: string): string =>
  d.name === 'sqlite' ? `'erased person ' || ${person}` : `CONCAT('erased person ', ${person})`

const nobodyLetIn = (d: Dialect): string =>
  `NEW.person_id <> 1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.person_id = NEW.person_id AND u.is_active = 1${d.share})`

/** A login that is there may be signed anew as it is, after another key was pinned. */
const staysAsItIs = (d: Dialect): string =>
  `NOT ${erased(d, 'NEW.person_id')} OR (NEW.is_active = 0 AND EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id AND u.key_id = NEW.key_id${d.share}))`

const notOfErased =
  (user: string) =>
  (d: Dialect): string =>
    `NOT ${erasedLogin(d, user)}`
const roleEnds = (d: Dialect): string => `NEW.is_held = 0 OR ${notOfErased('NEW.user_id')(d)}`

const LOGINS = 'SELECT u.user_id FROM users u WHERE u.person_id = NEW.person_id'

/** Rows of a login that go, each before what it refers to, and the rule that keeps those of everybody else. */
const GONE: readonly (readonly [table: string, rule: RuleId])[] = [
  ['recovery_codes', 'GOV-017'],
  ['second_factors', 'GOV-017'],
  ['passkey_names', 'GOV-010'],
  ['passkey_refusals', 'GOV-010'],
  ['passkeys', 'GOV-017'],
  ['passwords', 'GOV-017'],
  ['sealed_keys', 'GOV-010'],
  ['api_tokens', 'GOV-017'],
  ['sign_in_links', 'GOV-017'],
]

const always = (sql: string) => (): string => sql

/** What follows from an erasure, in its transaction. */
export const ERASURE_EFFECTS: readonly Effect[] = [
  {
    table: 'person_erasures',
    event: 'insert',
    because: 'a number stands in the place of the name',
    statement: (d) =>
      `UPDATE persons SET display_name = ${standIn(d, 'NEW.person_id')} WHERE person_id = NEW.person_id`,
  },
  {
    table: 'person_erasures',
    event: 'insert',
    because: 'no role is held any more',
    statement: always(
      `UPDATE memberships SET is_held = 0, changed_by = NEW.erased_by WHERE is_held = 1 AND user_id IN (${LOGINS})`,
    ),
  },
  ...[...GONE.map(([table]) => table), 'sessions'].map(
    (table): Effect => ({
      table: 'person_erasures',
      event: 'insert',
      because: `what the logins proved themselves with goes: ${table}`,
      statement: always(`DELETE FROM ${table} WHERE user_id IN (${LOGINS})`),
    }),
  ),
  ...['invitations', 'person_keys'].map(
    (table): Effect => ({
      table: 'person_erasures',
      event: 'insert',
      because: table === 'invitations' ? 'and what they were asked in with' : 'and the key is destroyed',
      statement: always(`DELETE FROM ${table} WHERE person_id = NEW.person_id`),
    }),
  ),
  {
    table: 'persons',
    event: 'insert',
    first: true,
    because: 'the key under which the person stands on the chain',
    statement: (d) =>
      `INSERT INTO person_keys (person_id, sealing_key) VALUES (NEW.person_id, ${d.randomBytes(32)})`,
  },
]

/** Whoever erases waits for whoever registers: nobody is let in between the look and the erasure. */
export const ERASURE_LOCKS: readonly RowLock[] = [
  {
    table: 'person_erasures',
    event: 'insert',
    select: 'SELECT COUNT(*) INTO v_locked FROM users FOR UPDATE',
  },
]

/** A row goes for itself, as before, or because its person was erased. */
export const orErased =
  (user: string, otherwise: (d: Dialect) => string) =>
  (d: Dialect): string =>
    `${otherwise(d)} OR ${erasedLogin(d, user)}`

/** Conditions of erasures, and of whatever would bring an erased person back. */
export const ERASURE_CONDITIONS: readonly Condition[] = [
  ...conditions('person_erasures', 'insert', [
    ['GOV-146', administrator('NEW.erased_by')],
    ['GOV-146', nobodyLetIn],
    ['GOV-146', (d) => `NOT ${erased(d, 'NEW.person_id')}`],
  ]),
  ...conditions('person_keys', 'insert', [['GOV-147', (d) => `NOT ${erased(d, 'NEW.person_id')}`]]),
  ...conditions('person_keys', 'delete', [['GOV-148', (d) => erased(d, 'OLD.person_id')]]),
  ...conditions('persons', 'update', [
    [
      'GOV-147',
      (d) => `NOT ${erased(d, 'OLD.person_id')} OR NEW.display_name = ${standIn(d, 'OLD.person_id')}`,
    ],
  ]),
  ...conditions('user_registrations', 'insert', [['GOV-147', staysAsItIs]]),
  ...conditions('passwords', 'insert', [['GOV-147', notOfErased('NEW.user_id')]]),
  ...conditions('sign_in_links', 'insert', [
    // Without a password left the link of first set-up would be given out once more.
    [
      'GOV-147',
      (d) =>
        `CASE WHEN NEW.user_id IS NULL THEN NOT EXISTS (SELECT 1 FROM person_erasures) ELSE ${notOfErased('NEW.user_id')(d)} END`,
    ],
  ]),
  ...conditions('sign_in_links', 'update', [
    [
      'GOV-147',
      () =>
        'NEW.user_id IS NOT NULL OR NEW.is_used = OLD.is_used OR NOT EXISTS (SELECT 1 FROM person_erasures)',
    ],
  ]),
  ...conditions('invitations', 'insert', [['GOV-147', (d) => `NOT ${erased(d, 'NEW.person_id')}`]]),
  ...(['insert', 'update'] as const).flatMap((event) =>
    conditions('memberships', event, [['GOV-147', roleEnds]]),
  ),
  ...GONE.flatMap(([table, rule]) =>
    conditions(table, 'delete', [[rule, (d) => erasedLogin(d, 'OLD.user_id')]]),
  ),
  ...conditions('invitations', 'delete', [['GOV-017', (d) => erased(d, 'OLD.person_id')]]),
]
