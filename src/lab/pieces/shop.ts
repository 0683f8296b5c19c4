/** The shop database of demo and lab: 20,000 customers and 300,000 orders, loaded once and kept. */
import mysql from 'mysql2/promise'
import { type PrivateServer, preparedDirectory, type ServerFlavour } from '../servers/index.ts'

const TABLES = [
  'CREATE DATABASE shop CHARACTER SET utf8mb4',
  `CREATE TABLE shop.customers (
     id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(120) NOT NULL, country CHAR(2) NOT NULL,
     created DATETIME NOT NULL, KEY by_country (country)) ENGINE=InnoDB`,
  `CREATE TABLE shop.orders (
     id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(20) NOT NULL,
     total DECIMAL(10,2) NOT NULL, created DATETIME NOT NULL, note VARCHAR(200) NOT NULL) ENGINE=InnoDB`,
  `CREATE TABLE shop.stock (
     id INT PRIMARY KEY, quantity INT NOT NULL, reserved INT NOT NULL) ENGINE=InnoDB`,
]

/** Rows by a recursive query; the family's two names for its limit are both tried. */
const ROWS = [
  `INSERT INTO shop.customers (email, country, created)
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000)
     SELECT CONCAT('u', n, '@shop.example'), ELT(1 + n % 5, 'DE', 'FR', 'US', 'IT', 'ES'), NOW() - INTERVAL n MINUTE FROM s`,
  `INSERT INTO shop.orders (customer_id, status, total, created, note)
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300000)
     SELECT 1 + (n * 7919) % 20000, CASE WHEN n % 1000 = 0 THEN 'failed' WHEN n % 10 = 0 THEN 'open' ELSE 'done' END,
            n % 500, NOW() - INTERVAL n SECOND, REPEAT('x', 100) FROM s`,
  `INSERT INTO shop.stock
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 500) SELECT n, 1000, 0 FROM s`,
]

/** A data directory with the shop in it; loaded on first use on this machine. */
export const shopDirectory = (flavour: ServerFlavour): Promise<string> =>
  preparedDirectory({ flavour, name: 'shop', contents: [...TABLES, ...ROWS].join(';\n'), load: loadShop })

async function loadShop(server: PrivateServer): Promise<void> {
  const connection = await mysql.createConnection(server.rootUri)
  try {
    const limit = server.flavour === 'mariadb' ? 'max_recursive_iterations' : 'cte_max_recursion_depth'
    await connection.query(`SET SESSION ${limit} = 1000000`)
    for (const statement of [...TABLES, ...ROWS]) await connection.query(statement)
    await connection.query('ANALYZE TABLE shop.customers, shop.orders, shop.stock')
  } finally {
    await connection.end()
  }
}
