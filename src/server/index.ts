/** The HTTP door: the API of an installation. */
export { type RunningServer, startServer } from './start-server.ts'
