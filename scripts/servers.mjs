/** Real database servers for the demo and the tests: found, or installed after saying so. Needs the right Node. */
import { say, stop } from './bootstrap.mjs'

/** A server the demo can run on: MariaDB, else MySQL. Ends the process with the way to get one when there is none. */
export async function requireAnyServer() {
  const { ensureMariadb, findServer, isAvailable } = await import('../src/lab/servers/index.ts')
  for (const flavour of ['mariadb', 'mysql']) {
    if (isAvailable(await findServer(flavour))) return
  }
  const mariadb = await ensureMariadb(say)
  if (!isAvailable(mariadb)) stop(`there is no MariaDB or MySQL server here: ${mariadb.missing}`)
}

/**
 * The servers for the tests: MariaDB is required; returns why MySQL is missing, or undefined when it is there.
 * llama-server comes from where MySQL comes from, so it is not fetched where MySQL could not be.
 */
export async function requireTestServers() {
  const { ensureMariadb, ensureMysql, isAvailable } = await import('../src/lab/servers/index.ts')
  const mariadb = await ensureMariadb(say)
  if (!isAvailable(mariadb)) stop(`the tests need a MariaDB server: ${mariadb.missing}`)
  const mysql = await ensureMysql(say)
  say(`Testing on MariaDB ${mariadb.version} (${mariadb.path})`)
  if (isAvailable(mysql)) say(`       and MySQL ${mysql.version} (${mysql.path})`)
  const { findPostgres, skipPostgres } = await import('../test/support/private-postgres.ts')
  say(
    skipPostgres === false
      ? `       and PostgreSQL (${findPostgres()})`
      : `       PostgreSQL is not used: ${skipPostgres}`,
  )
  const { ensureRedis } = await import('../test/support/private-redis.ts')
  const redis = await ensureRedis(say)
  say(
    'missing' in redis
      ? `       Redis is not used: ${redis.missing}`
      : `       and ${redis.version} (${redis.program})`,
  )
  const { ensureLlamaServer, findLlamaServer } = await import('../test/support/llama-server.ts')
  const llama = isAvailable(mysql) ? await ensureLlamaServer(say) : await findLlamaServer()
  if ('missing' in llama) say(`       llama-server is not used: ${llama.missing}`)
  else say(`       and llama-server ${llama.version} (${llama.program})`)
  return isAvailable(mysql) ? undefined : mysql.missing
}

/** The browser the panel is tested in: Debian's, installed after saying so; why it is not there, or undefined. */
export async function ensureChromium() {
  const { existsSync } = await import('node:fs')
  const { aptInstall } = await import('../src/lab/servers/index.ts')
  const { CHROMIUM } = await import('../test/panel/support/chromium.ts')
  if (existsSync(CHROMIUM)) return undefined
  const reason = await aptInstall(['chromium'], say)
  return existsSync(CHROMIUM) ? undefined : (reason ?? `apt installed no ${CHROMIUM}`)
}
