/** A small shop, as the rules' cases know it. */
export const SHOP = `CREATE TABLE users (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code VARCHAR(20) NOT NULL,
  email VARCHAR(200),
  created_at DATETIME NOT NULL,
  parent_id INT NULL,
  KEY users_code (code),
  KEY users_created (created_at),
  KEY users_email (email)
);
CREATE TABLE orders (
  id INT NOT NULL PRIMARY KEY,
  user_code VARCHAR(20),
  user_id INT NOT NULL,
  total DECIMAL(10, 2),
  KEY orders_user (user_id)
);
`

/** The same for PostgreSQL. */
export const SHOP_PG = `CREATE TABLE users (
  id serial PRIMARY KEY,
  key uuid NOT NULL,
  code varchar(20) NOT NULL,
  email text
);
CREATE INDEX users_code ON users (code);
CREATE TABLE orders (id serial PRIMARY KEY, user_code varchar(20), user_id integer NOT NULL);
`

/** A module of mysql2 with a statement on line 3 and further lines. */
export const mysql = (body: string): string =>
  `import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})\n${body}\n`

/** A module of pg with a statement on line 3 and further lines. */
export const pg = (body: string): string => `import pg from 'pg'\nconst db = new pg.Pool()\n${body}\n`
