// Faults of SQLite and the schema they need.
import type { Draw, FaultFamily, PlannedFault } from './draw.ts'

const MISSING = ['payroll', 'orders_2025', 'orders_2026', 'invoice', 'Größe', 'two words']
const TABLES = ['orders', 'orders_2023', 'orders_2024', 'returns']

/** Run once. */
export const SQLITE_SCHEMA = [
  'PRAGMA foreign_keys = ON',
  'CREATE TABLE customers (id INTEGER PRIMARY KEY, note TEXT)',
  'INSERT INTO customers (id) VALUES (1), (2), (3)',
  ...TABLES.flatMap((table) => [
    `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, qty INTEGER CONSTRAINT qty_${table} CHECK (qty > 0),
     customer INTEGER REFERENCES customers (id), note TEXT)`,
    `CREATE TABLE strict_${table} (id INTEGER PRIMARY KEY, qty INTEGER) STRICT`,
    `INSERT INTO ${table} (id, email, qty) VALUES (1, 'a', 1), (2, 'b', 1), (3, 'O''Brien', 1)`,
    `CREATE TRIGGER ${table}_guard BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'rows of ${table} stay'); END`,
  ]),
].join(';\n')

const fault = (label: string, code: string, statement: string): PlannedFault => ({
  label: `sqlite ${label}`,
  code,
  statement,
})

function constraint(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const id = d.int(100, 99_999)
  return d.pick([
    () =>
      fault(
        `unique ${table}.email`,
        'SQLITE_CONSTRAINT_UNIQUE',
        `INSERT INTO ${table} (id, email) VALUES (${id}, ${d.pick(["'a'", "'b'", "'O''Brien'"])})`,
      ),
    () =>
      fault(
        `primary ${table}.id`,
        'SQLITE_CONSTRAINT_PRIMARYKEY',
        `INSERT INTO ${table} (id, email) VALUES (${d.int(1, 3)}, ${d.quoted()})`,
      ),
    () =>
      fault(
        `not null ${table}.email`,
        'SQLITE_CONSTRAINT_NOTNULL',
        `INSERT INTO ${table} (id, note) VALUES (${id}, ${d.quoted()})`,
      ),
    () =>
      fault(
        `check qty_${table}`,
        'SQLITE_CONSTRAINT_CHECK',
        `INSERT INTO ${table} (id, email, qty) VALUES (${id}, ${d.quoted(`n${id}`)}, ${-d.int(0, 99)})`,
      ),
    () =>
      fault(
        `datatype strict_${table}.qty`,
        'SQLITE_CONSTRAINT_DATATYPE',
        `INSERT INTO strict_${table} (id, qty) VALUES (${id}, ${d.quoted(`z${d.text()}`)})`,
      ),
    () =>
      fault(
        `raised ${table}`,
        'SQLITE_CONSTRAINT_TRIGGER',
        `DELETE FROM ${table} WHERE id = ${d.int(1, 3)} OR note = ${d.quoted()}`,
      ),
    // SQLite does not say which foreign key was broken: the statement tells.
    () =>
      fault(
        `foreign key ${table}`,
        'SQLITE_CONSTRAINT_FOREIGNKEY',
        `UPDATE ${table} SET customer = ${d.int(50, 999)} WHERE id = ${d.int(1, 3)}`,
      ),
  ])()
}

function column(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const wrong = d.pick(['emial', 'qtty', 'customer_id'])
  const statement = d.pick([
    `SELECT id, ${wrong} FROM ${table} WHERE id = ${d.value()}`,
    `UPDATE ${table} SET ${wrong} = ${d.value()} WHERE id = ${d.int(1, 20)}`,
    `SELECT * FROM ${table} t WHERE t.${wrong} IN (${d.list()})`,
  ])
  return fault(`no column ${table}.${wrong}`, 'SQLITE_ERROR', statement)
}

function statement(d: Draw): PlannedFault {
  const [form, text] = d.pick([
    ['selec', `SELEC * FROM orders WHERE id = ${d.value()}`],
    ['wher', `SELECT * FROM orders_2023 WHER note = ${d.quoted()}`],
    ['in', `SELECT id FROM returns WHERE id IN (${d.list()}`],
    ['joined', `SELECT id FROM customers WHERE note = 'O'Brien${d.int(1, 9999)}' AND id = ${d.int(1, 99)}`],
    ['count', `INSERT INTO orders (id, note) VALUES (${d.int(1, 99)})`],
    ['ambiguous', `SELECT id FROM orders a JOIN returns b ON a.id = b.id WHERE a.note = ${d.quoted()}`],
    ['aggregate', `SELECT id FROM orders WHERE sum(id) > ${d.int(1, 99)}`],
  ] as const)
  return fault(`statement ${form}`, 'SQLITE_ERROR', text)
}

/** Every family, each as likely. */
export const SQLITE_FAULTS: readonly FaultFamily[] = [
  (d) => {
    const table = d.pick(MISSING)
    return fault(`no table ${table}`, 'SQLITE_ERROR', d.reaching(`"${table}"`))
  },
  column,
  constraint,
  constraint,
  statement,
  (d) => {
    const table = d.pick(TABLES)
    return fault(
      `exists ${table}`,
      'SQLITE_ERROR',
      `CREATE TABLE ${table} (id INTEGER DEFAULT ${d.int(1, 99)})`,
    )
  },
  (d) => {
    const name = d.pick(['totals', 'discount', 'tax_of'])
    return fault(`no function ${name}`, 'SQLITE_ERROR', `SELECT ${name}(${d.value()}) FROM customers`)
  },
]
