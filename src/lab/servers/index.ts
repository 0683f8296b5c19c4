/** Private MariaDB and MySQL servers for the demo, the lab, tests and benches. */
export { copyDataDirectory } from './data-directory.ts'
export {
  findServer,
  findServers,
  isAvailable,
  type MissingServer,
  SERVER_FLAVOURS,
  SERVER_VARIABLES,
  type ServerBinary,
  type ServerFlavour,
  type ServerInventory,
} from './find-servers.ts'
export { freePort } from './free-port.ts'
export { aptInstall, ensureMariadb, ensureMysql, platformCommand, type Say } from './install-server.ts'
export { type PreparedData, preparedDirectory } from './prepared-directory.ts'
export {
  type PrivateServer,
  type ServerOptions,
  startMariadb,
  startMysql,
  startServer,
} from './private-server.ts'
export { newHome } from './server-home.ts'
export type { Instruments, Settings } from './settings.ts'
