// Faults of PostgreSQL and the schema they need.
import { type Draw, type FaultFamily, HOSTILE_TEXTS, type PlannedFault } from './draw.ts'

const MISSING = ['payroll', 'orders_2025', 'orders_2026', 'invoice', 'Größe', 'two words', "it's"]
const TABLES = ['orders', 'orders_2023', 'orders_2024', 'returns']

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Run once, in one go. */
export const POSTGRES_SCHEMA = [
  'CREATE TABLE customers (id int PRIMARY KEY, note text)',
  'INSERT INTO customers SELECT generate_series(1, 20)',
  ...TABLES.flatMap((table) => [
    `CREATE TABLE ${table} (id int PRIMARY KEY, email text NOT NULL CONSTRAINT ${table}_email_key UNIQUE, qty smallint
       CONSTRAINT ${table}_qty_known CHECK (qty > -100), due date, price numeric(6,2), code varchar(5), note text,
       customer int CONSTRAINT ${table}_customer_fkey REFERENCES customers)`,
    `INSERT INTO ${table} (id, email, customer) VALUES ${HOSTILE_TEXTS.map((text, i) => `(${i + 1}, ${literal(text)}, ${i + 1})`).join(', ')}`,
    `CREATE FUNCTION ${table}_guard() RETURNS trigger LANGUAGE plpgsql AS
       $f$ BEGIN RAISE EXCEPTION 'row % of % stays', OLD.id, OLD.email; END $f$`,
    `CREATE TRIGGER guard BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_guard()`,
  ]),
  'CREATE ROLE stranger LOGIN',
].join(';\n')

const fault = (label: string, code: string, statement: string): PlannedFault => ({
  label: `postgresql ${label}`,
  code,
  statement,
})

function insert(d: Draw, table: string, column: string, value: string): string {
  const good: Record<string, string> = {
    id: String(d.int(1000, 99_999)),
    email: d.quoted(`new${d.int(1, 1e9)}`),
    [column]: value,
  }
  return `${d.pick(['INSERT INTO', 'insert into'])} ${d.pick([table, `"${table}"`, `public.${table}`])} (${Object.keys(good).join(', ')}) VALUES (${Object.values(good).join(', ')})`
}

function constraint(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const [about, code, column, value] = d.pick([
    ['pkey', '23505', 'id', String(d.int(1, 20))],
    ['email_key', '23505', 'email', d.quoted(d.pick(HOSTILE_TEXTS))],
    ['not null email', '23502', 'email', 'NULL'],
    ['qty_known', '23514', 'qty', String(-d.int(100, 999))],
    ['customer_fkey', '23503', 'customer', String(d.int(21, 99_999))],
  ] as const)
  return fault(`${table} ${about}`, code, insert(d, table, column, value))
}

/** PostgreSQL does not say which column a bad value was meant for: each form of statement is a fault. */
function badValue(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const [about, code, statement] = d.pick([
    ['integer', '22P02', `SELECT * FROM ${table} WHERE id = ${d.quoted(`z${d.text()}`)}`],
    ['smallint', '22003', `UPDATE ${table} SET qty = ${d.int(40_000, 99_999)} WHERE id = ${d.int(1, 20)}`],
    ['date', '22007', `SELECT id FROM ${table} WHERE due = ${d.quoted(`z${d.text()}`)}`],
    ['numeric', '22003', `UPDATE ${table} SET price = ${d.int(10_000, 999_999)} WHERE id = ${d.int(1, 20)}`],
    [
      'long',
      '22001',
      `UPDATE ${table} SET code = ${d.quoted(`123456${d.text()}`)} WHERE id = ${d.int(1, 20)}`,
    ],
    ['zero', '22012', `SELECT ${d.int(1, 99)} / (id - id) FROM ${table}`],
  ] as const)
  return fault(`value ${about} ${table}`, code, statement)
}

function column(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const wrong = d.pick(['emial', 'qtty', 'customer_id'])
  const statement = d.pick([
    `SELECT id, ${wrong} FROM ${table} WHERE note = ${d.quoted()}`,
    `UPDATE ${table} SET ${wrong} = ${d.value()} WHERE id = ${d.int(1, 20)}`,
    `SELECT * FROM ${table} t WHERE t.${wrong} = ${d.value()}`,
  ])
  return fault(`no column ${table}.${wrong}`, '42703', statement)
}

function invalid(d: Draw): PlannedFault {
  const [form, code, statement] = d.pick([
    ['selec', '42601', `SELEC * FROM orders WHERE id = ${d.value()}`],
    ['in', '42601', `SELECT id FROM returns WHERE id IN (${d.list()}`],
    ['limit', '42601', `SELECT * FROM orders LIMIT ${d.int(1, 99)} WHERE note = ${d.quoted()}`],
    [
      'joined',
      '42601',
      `SELECT id FROM customers WHERE note = 'O'Brien${d.int(1, 9999)}' AND id = ${d.int(1, 99)}`,
    ],
    ['count', '42601', `INSERT INTO orders (id, note) VALUES (${d.int(1, 99)})`],
    [
      'ambiguous',
      '42702',
      `SELECT id FROM orders a JOIN returns b ON a.id = b.id WHERE a.note = ${d.quoted()}`,
    ],
    ['rows', '21000', `SELECT (SELECT id FROM orders WHERE id < ${d.int(3, 20)}) + ${d.int(1, 99)}`],
    ['operator', '42883', `SELECT id FROM orders WHERE due + note = ${d.quoted()}`],
    ['aggregate', '42803', `SELECT id FROM orders WHERE sum(id) > ${d.int(1, 99)}`],
    ['group', '42803', `SELECT id, count(*) FROM returns WHERE note <> ${d.quoted()}`],
  ] as const)
  return fault(`invalid ${form}`, code, statement)
}

function object(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const other = d.pick(['totals', 'discount', 'tax_of'])
  const schema = d.pick(['archive', 'warehouse', 'shop_2024'])
  return d.pick([
    () => fault(`exists ${table}`, '42P07', `CREATE TABLE ${table} (id int DEFAULT ${d.int(1, 99)})`),
    () => fault(`no function ${other}`, '42883', `SELECT ${other}(${d.int(1, 999)}) FROM customers`),
    () =>
      fault(`no schema ${schema}`, '3F000', `CREATE TABLE ${schema}.totals (id int DEFAULT ${d.int(1, 99)})`),
    () => fault(`no role ${other}`, '42704', `GRANT SELECT ON ${table} TO ${other}`),
  ])()
}

/** Every family, each as likely. */
export const POSTGRES_FAULTS: readonly FaultFamily[] = [
  (d) => {
    const table = d.pick(MISSING)
    return fault(`no table ${table}`, '42P01', d.reaching(`"${table}"`))
  },
  column,
  constraint,
  constraint,
  badValue,
  invalid,
  object,
  (d) => fault('still referenced', '23503', `DELETE FROM customers WHERE id = ${d.int(1, 20)}`),
  (d) => {
    const table = d.pick(TABLES)
    return fault(`raised by ${table}`, 'P0001', `DELETE FROM ${table} WHERE id = ${d.int(1, 20)}`)
  },
  (d) => {
    const table = d.pick(TABLES)
    const statement = `SELECT id FROM ${table} WHERE note = ${d.quoted()}`
    return { ...fault(`may not read ${table}`, '42501', statement), isStranger: true }
  },
]
