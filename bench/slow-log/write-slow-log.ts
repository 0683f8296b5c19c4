// A deterministic slow log of any size: the statements of a shop, with literals, lists, comments and rows that vary.

/** A repeatable stream of numbers in [0, 1): mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Pick = (max: number) => number

const STATEMENTS: readonly ((pick: Pick) => string)[] = [
  (pick) => `SELECT * FROM orders WHERE id = ${pick(300_000)}`,
  (pick) =>
    `SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = ${pick(9999)} AND o.status IN (${list(pick)}) ORDER BY o.created_at DESC LIMIT ${pick(100)}`,
  (pick) =>
    `UPDATE stock SET quantity = quantity - ${pick(5)}, updated_at = '2026-11-21 04:${pick(60)}:${pick(60)}' WHERE product_id = ${pick(5000)}`,
  (pick) => `INSERT INTO order_lines (order_id, product_id, quantity, note) VALUES ${rows(pick)}`,
  (pick) =>
    `SELECT COUNT(*) FROM sessions WHERE token = '${pick(1e9).toString(16)}' AND expires_at > NOW() /* trace ${pick(1e6)} */`,
  (pick) =>
    `SELECT id, email\n  FROM customers\n WHERE email LIKE '%${pick(1000)}@example.com'\n    OR name = 'O''Brien ${pick(100)}'`,
  (pick) => `DELETE FROM carts WHERE updated_at < '2026-10-${pick(28)}' LIMIT 500`,
  (pick) => `SELECT c FROM sbtest${pick(10)} WHERE id BETWEEN ${pick(1000)} AND ${pick(9000)}`,
  (pick) =>
    `SELECT /* report ${pick(50)} */ DATE(created_at) d, SUM(total) FROM orders WHERE created_at BETWEEN '2026-0${pick(9)}-01' AND '2026-11-${pick(28)}' GROUP BY d ORDER BY d ASC`,
  () => 'COMMIT',
  (pick) => `SELECT * FROM products WHERE sku IN (${list(pick)}) AND price > ${pick(100)}.${pick(99)}`,
  () => '# administrator command: Ping',
]

function list(pick: Pick): string {
  return Array.from({ length: 1 + pick(12) }, () => `'${pick(100_000)}'`).join(', ')
}

function rows(pick: Pick): string {
  return Array.from(
    { length: 1 + pick(6) },
    () => `(${pick(1e6)}, ${pick(5000)}, ${pick(9)}, 'n${pick(1e6)}')`,
  ).join(', ')
}

/** Yields the log in blocks of about 1 MB until `bytes` are reached. The same bytes for the same size, always. */
export function* writeSlowLog(bytes: number): Generator<string> {
  const random = randomFrom(42)
  const pick: Pick = (max) => Math.floor(random() * max)
  let written = 0
  let block =
    'mysqld, Version: 8.0.40 (MySQL Community Server - GPL). started with:\nTcp port: 3306  Unix socket: /tmp/mysql.sock\nTime                 Id Command    Argument\n'
  let micros = Date.UTC(2026, 10, 21) * 1000
  while (written + block.length < bytes) {
    micros += pick(20_000)
    block += entry(micros, pick)
    if (block.length < 1e6) continue
    written += block.length
    yield block
    block = ''
  }
  yield block
}

function entry(micros: number, pick: Pick): string {
  const statement = STATEMENTS[pick(STATEMENTS.length)] as (typeof STATEMENTS)[number]
  const seconds = Math.floor(micros / 1e6)
  const time = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(micros % 1e6).padStart(6, '0')}Z`
  const queryMicros = Math.floor(200 * 10 ** (pick(5000) / 1000))
  return `# Time: ${time}
# User@Host: app${pick(4)}[app${pick(4)}] @ web${pick(3)} [10.0.0.${pick(9)}]  Id: ${String(pick(500)).padStart(5)}
# Query_time: ${(queryMicros / 1e6).toFixed(6)}  Lock_time: ${(pick(100) / 1e6).toFixed(6)} Rows_sent: ${pick(100)}  Rows_examined: ${pick(300_000)}
${pick(5) === 0 ? 'use shop;\n' : ''}SET timestamp=${seconds};
${statement(pick)};
`
}
