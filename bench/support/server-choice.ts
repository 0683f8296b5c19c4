/** Which servers a bench runs on: those asked for that this machine has; the others are named as skipped. */
import { findServer, isAvailable, SERVER_FLAVOURS, type ServerFlavour } from '../../src/lab/servers/index.ts'
import type { OptionSpec } from './bench-options.ts'
import { type BenchRun, CannotMeasure } from './run-bench.ts'

/** The option `--server`. */
export const SERVER_OPTION: OptionSpec = {
  kind: 'choice',
  value: 'both',
  of: [...SERVER_FLAVOURS, 'both'],
  help: 'the private servers to measure on; one this machine lacks is skipped and named',
}

/** The flavours to measure on. @throws CannotMeasure if there is none. */
export async function chosenServers({
  options,
  say,
}: Pick<BenchRun, 'options' | 'say'>): Promise<readonly ServerFlavour[]> {
  const wanted = options.choice('server')
  const found: ServerFlavour[] = []
  for (const flavour of SERVER_FLAVOURS) {
    if (wanted !== 'both' && wanted !== flavour) continue
    const server = await findServer(flavour)
    if (isAvailable(server)) found.push(flavour)
    else say(`${flavour} SKIPPED: ${server.missing}`)
  }
  if (found.length === 0) throw new CannotMeasure('there is no server to measure on; see the lines above')
  return found
}
