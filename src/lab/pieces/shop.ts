/** The shop database of demo and lab: 20,000 customers and 300,000 orders, loaded once and kept. */
import mysql from 'mysql2/promise'
import { preparedDirectory, type ServerFlavour } from '../servers/index.ts'

/** The schema's statements where it is named so. */
const tablesOf = (schema: string): readonly string[] => [
  `CREATE DATABASE ${schema} CHARACTER SET utf8mb4`,
  `CREATE TABLE ${schema}.customers (
     id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(120) NOT NULL, country CHAR(2) NOT NULL,
     created DATETIME NOT NULL, KEY by_country (country)) ENGINE=InnoDB`,
  `CREATE TABLE ${schema}.orders (
     id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(20) NOT NULL,
     total DECIMAL(10,2) NOT NULL, created DATETIME NOT NULL, note VARCHAR(200) NOT NULL) ENGINE=InnoDB`,
  `CREATE TABLE ${schema}.stock (
     id INT PRIMARY KEY, quantity INT NOT NULL, reserved INT NOT NULL) ENGINE=InnoDB`,
]

/** Rows by a recursive query; the family's two names for its limit are both tried. */
const rowsOf = (schema: string): readonly string[] => [
  `INSERT INTO ${schema}.customers (email, country, created)
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000)
     SELECT CONCAT('u', n, '@shop.example'), ELT(1 + n % 5, 'DE', 'FR', 'US', 'IT', 'ES'), NOW() - INTERVAL n MINUTE FROM s`,
  `INSERT INTO ${schema}.orders (customer_id, status, total, created, note)
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300000)
     SELECT 1 + (n * 7919) % 20000, CASE WHEN n % 1000 = 0 THEN 'failed' WHEN n % 10 = 0 THEN 'open' ELSE 'done' END,
            n % 500, NOW() - INTERVAL n SECOND, REPEAT('x', 100) FROM s`,
  `INSERT INTO ${schema}.stock
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 500) SELECT n, 1000, 0 FROM s`,
]

/** Rows of the shop, and bytes on disk at most, MiB: what loading it costs a server. */
export const SHOP_SIZE = { rows: 320_500, megabytes: 70 } as const

/** A data directory with the shop in it; loaded on first use on this machine. */
export const shopDirectory = (flavour: ServerFlavour): Promise<string> =>
  preparedDirectory({
    flavour,
    name: 'shop',
    contents: [...tablesOf('shop'), ...rowsOf('shop')].join(';\n'),
    load: (server) => loadShop(server, 'shop'),
  })

/** Makes the schema, which must not be there, and loads it. @throws what the server answers */
export async function loadShop(
  server: { readonly flavour: ServerFlavour; readonly rootUri: string },
  schema: string,
): Promise<void> {
  const connection = await mysql.createConnection(server.rootUri)
  try {
    const limit = server.flavour === 'mariadb' ? 'max_recursive_iterations' : 'cte_max_recursion_depth'
    await connection.query(`SET SESSION ${limit} = 1000000`)
    for (const statement of [...tablesOf(schema), ...rowsOf(schema)]) await connection.query(statement)
    await connection.query(`ANALYZE TABLE ${schema}.customers, ${schema}.orders, ${schema}.stock`)
  } finally {
    await connection.end()
  }
}
