// Faults of MariaDB and the schema they need.
import { type Draw, type FaultFamily, HOSTILE_TEXTS, type PlannedFault } from './draw.ts'

const MISSING = ['payroll', 'orders_2025', 'orders_2026', 'invoice', 'o`dd', 'Größe', 'two words', "it's"]
/** Tables that look alike, each with the same keys, so that only the table tells their faults apart. */
const TABLES = ['orders', 'orders_2023', 'orders_2024', 'returns']
const SHOP = 'shop'

/** Run once by root. */
export const MARIADB_SCHEMA: readonly string[] = [
  `CREATE DATABASE ${SHOP} CHARACTER SET utf8mb4`,
  `USE ${SHOP}`,
  'CREATE TABLE customers (id INT PRIMARY KEY, note VARCHAR(200))',
  'INSERT INTO customers SELECT seq, NULL FROM seq_1_to_20',
  ...TABLES.flatMap((table) => [
    `CREATE TABLE ${table} (id INT PRIMARY KEY, email VARCHAR(200) NOT NULL, qty TINYINT, due DATE, price DECIMAL(6,2),
     code VARCHAR(5), customer INT, note VARCHAR(300), must INT NOT NULL, UNIQUE KEY uq_email (email),
     CONSTRAINT fk_${table}_customer FOREIGN KEY (customer) REFERENCES customers (id), CONSTRAINT qty_known CHECK (qty > -100))`,
    `INSERT INTO ${table} (id, email, customer, must) SELECT seq, concat('u', seq), seq, 1 FROM seq_1_to_20`,
    ...HOSTILE_TEXTS.map(
      (text, i) =>
        `UPDATE ${table} SET email = '${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}' WHERE id = ${i + 1}`,
    ),
    `CREATE TRIGGER ${table}_guard BEFORE DELETE ON ${table} FOR EACH ROW BEGIN
       DECLARE said VARCHAR(120); SET said = concat('row ', OLD.id, ' of ', OLD.email, ' stays');
       SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said; END`,
  ]),
  'CREATE PROCEDURE two_numbers(a INT, b INT) SELECT a + b',
  "CREATE USER stranger@'127.0.0.1' IDENTIFIED BY 'stranger'",
  `GRANT INSERT ON ${SHOP}.customers TO stranger@'127.0.0.1'`,
]

const name = (plain: string): string => `\`${plain.replaceAll('`', '``')}\``

const fault = (label: string, code: number, statement: string): PlannedFault => ({
  label: `mariadb ${label}`,
  code: String(code),
  statement,
})

/** INSERT with one column set, all others good. */
function insert(d: Draw, table: string, column: string, value: string): string {
  const good: Record<string, string> = {
    id: String(d.int(1000, 99_999)),
    email: d.quoted(`new${d.int(1, 1e9)}`),
    must: '1',
    [column]: value,
  }
  const into = d.pick(['INSERT INTO', 'insert into', `INSERT /* ${d.int(1, 99)} */ INTO`])
  return `${into} ${d.pick([table, name(table), `${SHOP}.${table}`])} (${Object.keys(good).join(', ')}) VALUES (${Object.values(good).join(', ')})`
}

function missingColumn(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const column = d.pick(['emial', 'qtty', 'customer_id'])
  const statement = d.pick([
    `SELECT id, ${column} FROM ${table} WHERE id = ${d.value()}`,
    `UPDATE ${table} SET ${column} = ${d.value()} WHERE id = ${d.int(1, 20)}`,
    `SELECT * FROM ${table} t WHERE t.${column} IN (${d.list()})`,
    `SELECT id FROM ${table} WHERE note <> ${d.quoted()} ORDER BY ${column}`,
  ])
  return fault(`unknown column ${table}.${column}`, 1054, statement)
}

function duplicate(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  if (d.int(0, 1) === 0)
    return fault(`duplicate ${table}.PRIMARY`, 1062, insert(d, table, 'id', String(d.int(1, 20))))
  const email = d.quoted(d.pick(HOSTILE_TEXTS))
  const statement = d.pick([
    insert(d, table, 'email', email),
    `INSERT INTO ${table} SET id = ${d.int(1000, 9999)}, email = ${email}, must = ${d.int(1, 9)}`,
    `INSERT INTO ${table} (id, email, must) VALUES (${d.int(1000, 1999)}, ${d.quoted(`a${d.int(1, 1e9)}`)}, 1), (${d.int(2000, 2999)}, ${email}, 2)`,
  ])
  return fault(`duplicate ${table}.uq_email`, 1062, statement)
}

/** A value that does not fit its column. */
function badValue(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const [column, code, value] = d.pick([
    ['qty', 1366, d.quoted(`z${d.text()}`)],
    ['qty', 1264, String(d.int(128, 99_999))],
    ['due', 1292, d.quoted(d.text())],
    ['price', 1264, `${d.int(10_000, 99_999_999)}.5`],
    ['code', 1406, d.quoted(`123456${d.text()}`)],
    ['email', 1048, 'NULL'],
    ['must', 1048, 'NULL'],
    ['qty', 4025, String(-d.int(100, 127))],
    ['customer', 1452, String(d.int(21, 99_999))],
  ] as const)
  const about = { 4025: 'check qty_known', 1452: 'foreign key' }[code as number] ?? `value ${code} ${column}`
  return fault(`${about} of ${table}`, code, insert(d, table, column, value))
}

/** Statements that cannot be read; what is wrong is the statement, so each form is a fault. */
function syntax(d: Draw): PlannedFault {
  const [form, statement] = d.pick([
    ['selec', `SELEC * FROM orders WHERE id = ${d.value()}`],
    ['wher', `SELECT * FROM orders_2023 WHER note = ${d.quoted()}`],
    ['in', `SELECT id FROM returns WHERE id IN (${d.list()}`],
    ['values', `INSERT INTO orders (id, note) VALUES (${d.int(1, 99)}, ${d.quoted()}`],
    ['set', `UPDATE orders_2024 SET WHERE id = ${d.int(1, 99)}`],
    ['limit', `SELECT * FROM orders LIMIT ${d.int(1, 99)} WHERE note = ${d.quoted()}`],
    ['joined', `SELECT id FROM customers WHERE note = 'O'Brien${d.int(1, 9999)}' AND id = ${d.int(1, 99)}`],
  ] as const)
  return fault(`syntax ${form}`, 1064, statement)
}

/** Statements that can be read and not run; each form is a fault. */
function invalid(d: Draw): PlannedFault {
  const [form, code, statement] = d.pick([
    ['count', 1136, `INSERT INTO orders (id, note) VALUES (${d.int(1, 99)})`],
    ['ambiguous', 1052, `SELECT id FROM orders a JOIN returns b ON a.id = b.id WHERE a.note = ${d.quoted()}`],
    ['rows', 1242, `SELECT (SELECT id FROM orders WHERE id < ${d.int(3, 20)}) + ${d.int(1, 99)}`],
    ['arguments', 1318, `CALL two_numbers(${d.int(1, 99)})`],
    ['alias', 1066, `SELECT 1 FROM orders a, returns a WHERE a.note = ${d.quoted()}`],
    ['aggregate', 1111, `SELECT id FROM orders WHERE sum(id) > ${d.int(1, 99)}`],
    ['slow', 1969, `SET STATEMENT max_statement_time = 0.005 FOR SELECT sleep(${d.int(1, 9)})`],
  ] as const)
  return fault(`invalid ${form}`, code, statement)
}

/** Things that are there already, or are not. */
function object(d: Draw): PlannedFault {
  const table = d.pick(TABLES)
  const other = d.pick(['totals', 'discount', 'tax_of'])
  const database = d.pick(['archive', 'warehouse', 'shop_2024'])
  return d.pick([
    () => fault(`exists ${table}`, 1050, `CREATE TABLE ${table} (id INT DEFAULT ${d.int(1, 99)})`),
    () => fault(`no procedure ${other}`, 1305, `CALL ${other}(${d.list()})`),
    () => fault(`no database ${database}`, 1049, `CREATE TABLE ${database}.t${d.int(1, 1)} (id INT)`),
    () => fault(`no function ${other}`, 1305, `SELECT ${SHOP}.${other}(${d.value()}) FROM customers`),
  ])()
}

/** Every family, each as likely. */
export const MARIADB_FAULTS: readonly FaultFamily[] = [
  (d) => {
    const table = d.pick(MISSING)
    return fault(`no table ${table}`, 1146, d.reaching(name(table)))
  },
  missingColumn,
  duplicate,
  badValue,
  badValue,
  syntax,
  invalid,
  object,
  (d) => fault('still referenced by orders', 1451, `DELETE FROM customers WHERE id = ${d.int(1, 20)}`),
  (d) => {
    const table = d.pick(TABLES)
    return fault(
      `raised by ${table}`,
      1644,
      `DELETE FROM ${table} WHERE id = ${d.int(1, 20)} OR note = ${d.quoted()}`,
    )
  },
  (d) => {
    const table = d.pick(TABLES)
    return fault(
      `no default of ${table}.must`,
      1364,
      `INSERT INTO ${table} (id, email) VALUES (${d.int(100, 999)}, ${d.quoted()})`,
    )
  },
  (d) => {
    const table = d.pick(TABLES)
    const statement = `SELECT id FROM ${SHOP}.${table} WHERE note = ${d.quoted()}`
    return { ...fault(`may not read ${table}`, 1142, statement), isStranger: true }
  },
]
