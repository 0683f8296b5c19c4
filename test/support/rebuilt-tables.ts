/** Databases whose table `orders` has everything a rebuild must keep, and what all of it comes to in one digest. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'

/** STRICT goes with AUTOINCREMENT and a rowid, WITHOUT ROWID with neither: together they have every feature. */
export type Kind = 'autoincrement' | 'without-rowid'

const COLUMNS = `
  code TEXT NOT NULL COLLATE NOCASE, -- the one customers see
  qty TEXT DEFAULT '1' CHECK (qty <> 'none'),
  [unit price] REAL NOT NULL DEFAULT 0.5,
  note TEXT,
  raw BLOB,
  total REAL GENERATED ALWAYS AS ("unit price" * 2) STORED,
  shout TEXT AS (upper(code)) VIRTUAL,
  parent INTEGER REFERENCES orders(id) DEFERRABLE INITIALLY DEFERRED,
  person INTEGER CONSTRAINT belongs REFERENCES people(id) ON DELETE CASCADE,
  CONSTRAINT short CHECK (length(code) < 100),
  UNIQUE (code COLLATE NOCASE)`

const TABLES: Readonly<Record<Kind, string>> = {
  autoincrement: `CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, ${COLUMNS}) STRICT`,
  'without-rowid': `CREATE TABLE orders (id INTEGER NOT NULL, ${COLUMNS}, PRIMARY KEY (id)) WITHOUT ROWID`,
}

/** What stands around the table: foreign keys both ways, indexes, triggers of it, of others and of a view. */
export const INDEXES = [
  'CREATE INDEX orders_by_qty ON orders (qty DESC, id)',
  `CREATE INDEX orders_noted ON orders (note COLLATE NOCASE) WHERE note IS NOT NULL`,
  'CREATE INDEX orders_by_lower ON orders (lower(code), "unit price")',
]
const AROUND = `
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE);
CREATE TABLE journal (what TEXT, order_id INTEGER);
CREATE VIEW order_lines AS SELECT o.id, o.qty, l.id AS line FROM orders AS o JOIN lines AS l ON l.order_id = o.id;
CREATE VIEW dear AS SELECT * FROM order_lines WHERE qty > 5;
CREATE TRIGGER orders_log AFTER INSERT ON orders BEGIN INSERT INTO journal VALUES ('new', new.id); END;
CREATE TRIGGER "lines touch" AFTER DELETE ON lines BEGIN UPDATE orders SET note = note WHERE id = old.order_id; END;
CREATE TRIGGER dear_insert INSTEAD OF INSERT ON order_lines BEGIN INSERT INTO lines VALUES (new.line, new.id); END;`

/** Fills a new file. Numbers of rows and of lines; every hundredth order is gone, and the newest, so that counters stand beyond them. */
export function makeDatabase(file: string, kind: Kind, rows: number): void {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('foreign_keys = OFF')
  db.exec(TABLES[kind])
  db.exec(AROUND)
  db.exec(`
    BEGIN;
    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 50)
      INSERT INTO people SELECT value, 'person ' || value FROM n;
    DROP TRIGGER orders_log;
    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value <= ${rows})
    INSERT INTO orders (id, code, qty, "unit price", note, raw, parent, person)
      SELECT value, 'C-' || (value * 7919 % 99999989), CAST(value % 977 AS TEXT), value / 4.0,
        CASE value % 3 WHEN 0 THEN 'note of order ' || value END, CAST(value * 31 AS BLOB),
        CASE WHEN value > 10 AND value % 100 > 10 THEN value - value % 100 + 1 END, 1 + value % 50
      FROM n;
    CREATE TRIGGER orders_log AFTER INSERT ON orders BEGIN INSERT INTO journal VALUES ('new', new.id); END;
    DELETE FROM orders WHERE id % 100 = 0 OR id = ${rows + 1};
    INSERT INTO lines SELECT id, id FROM orders WHERE id % 50 = 7;
    ${INDEXES.join('; ')};
    COMMIT;
    ANALYZE;`)
  db.pragma('user_version = 42')
  db.pragma('application_id = 4711')
  db.close()
}

/** SHA-256 of every row of every table; `qty` as text, so that it is the same before and after. */
export function rowsDigest(file: string): string {
  const db = new Database(file, { fileMustExist: true })
  try {
    const hash = createHash('sha256')
    for (const { name } of db
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name",
      )
      .all()) {
      const columns = db
        .prepare<[string], { name: string }>('SELECT name FROM pragma_table_xinfo(?)')
        .all(name)
      const cells = columns.map((column) =>
        column.name === 'qty' ? 'quote(CAST(qty AS TEXT))' : `quote("${column.name}")`,
      )
      hash.update(`\n${name}\n`)
      for (const line of db
        .prepare<[], string>(`SELECT ${cells.join(" || ',' || ")} FROM "${name}" ORDER BY 1`)
        .pluck()
        .iterate())
        hash.update(`${line}\n`)
    }
    return hash.digest('hex')
  } finally {
    db.close()
  }
}

/** Every definition, with the type of `orders.qty` taken out, the table's name unquoted, and what that type is. */
export function definitions(file: string): { readonly type: string; readonly others: readonly string[] } {
  const db = new Database(file, { fileMustExist: true })
  try {
    const type =
      db
        .prepare<[], string>("SELECT type FROM pragma_table_xinfo('orders') WHERE name = 'qty'")
        .pluck()
        .get() ?? ''
    const rows = db
      .prepare<[], { all: string }>(
        "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') AS \"all\" FROM sqlite_schema",
      )
      .all()
    const others = rows.map((row) =>
      row.all
        .replace('CREATE TABLE "orders"', 'CREATE TABLE orders')
        .replace(`qty ${type} DEFAULT`, 'qty ? DEFAULT'),
    )
    const figures = ['journal_mode', 'user_version', 'application_id', 'page_size'].map(
      (name) => `${name} ${String(db.pragma(name, { simple: true }))}`,
    )
    const checks = [
      db.pragma('integrity_check', { simple: true }),
      (db.pragma('foreign_key_check') as unknown[]).length,
    ].map(String)
    return { type, others: [...others.sort(), ...figures, ...checks] }
  } finally {
    db.close()
  }
}

/** Rows of `orders`, and bytes of the file. */
export function summary(file: string): { readonly rows: number; readonly bytes: number } {
  const db = new Database(file, { fileMustExist: true })
  const rows = db.prepare<[], number>('SELECT count(*) FROM orders').pluck().get() ?? 0
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))
  db.close()
  return { rows, bytes }
}

/**
 * What a file has other than the one it was copied from, with the change made in whole or not at all: the rows of every
 * table, definitions, and what integrity_check says. Compared within SQLite, so that millions of rows are bearable.
 */
export function differences(
  file: string,
  { template, was }: { readonly template: string; readonly was: ReturnType<typeof definitions> },
): { readonly isChanged: boolean; readonly problems: readonly string[] } {
  recover(file)
  // What was rolled back is mostly the very file it was, and then nothing else needs to be looked at.
  if (readFileSync(file).equals(readFileSync(template))) return { isChanged: false, problems: [] }
  const is = definitions(file)
  const isChanged = is.type === 'INTEGER'
  const problems = [
    ...(JSON.stringify(was.others) === JSON.stringify(is.others) ? [] : ['definitions are not the same']),
    ...(isChanged || is.type === was.type ? [] : [`the type is ${is.type}`]),
  ]
  const db = new Database(file, { fileMustExist: true })
  try {
    db.prepare('ATTACH ? AS was').run(template)
    for (const name of ['orders', 'people', 'lines', 'journal']) {
      const lost = countLost(db, name)
      const [before, now] = ['was', 'main'].map((schema) =>
        db.prepare<[], number>(`SELECT count(*) FROM ${schema}.${name}`).pluck().get(),
      )
      if (lost !== 0 || before !== now) problems.push(`${name}: ${lost} rows lost, ${now} rows now`)
    }
  } finally {
    db.close()
  }
  return { isChanged, problems }
}

/** Opens the file as the next user of it would, so that SQLite undoes what was not committed, and empties the log. */
function recover(file: string): void {
  const db = new Database(file, { fileMustExist: true })
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Rows of the attached table that this file has not, or has with another value anywhere. */
function countLost(db: Database.Database, table: string): number | undefined {
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)').pluck().all(table)
  const differs = columns.map((column) =>
    column === 'qty'
      ? 'CAST(a.qty AS TEXT) IS NOT CAST(b.qty AS TEXT)'
      : `a."${column}" IS NOT b."${column}" COLLATE BINARY`,
  )
  const key = columns.includes('id') ? 'id' : 'rowid'
  const sql = `SELECT count(*) FROM was.${table} AS a LEFT JOIN main.${table} AS b ON b.${key} = a.${key}
    WHERE b.${key} IS NULL OR ${differs.join(' OR ')}`
  return db.prepare<[], number>(sql).pluck().get()
}
