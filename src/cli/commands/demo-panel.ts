/** demo --panel: the demonstration's faults stay until people heal them in the browser; ends with Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type PanelDemo, startPanelDemo } from '../../lab/demo/demo.ts'
import type { RunningServer } from '../../server/index.ts'

/** How it is run. */
export interface PanelDemoOptions {
  readonly flavour: 'mariadb' | 'mysql'
  /** HOST:PORT */
  readonly listen: string
  readonly logLevel: Parameters<typeof createLog>[0]['level']
  readonly say: (line: string) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Before the first fault the application's ordinary work is seen, ms. */
const ORDINARY_MS = 6_000
const LOOK_EVERY_MS = 500

/** Runs until the signal. @throws DbmedicError DBM_LISTEN and what starting the server throws */
export async function demoInPanel(options: PanelDemoOptions): Promise<void> {
  const { flavour, listen, say, signal } = options
  const log = createLog({ level: options.logLevel })
  const demo = await startPanelDemo({ flavour, listen, log, say })
  let server: RunningServer | null = null
  try {
    server = await serve(demo)
    say(`serving the panel at ${server.address}`)
    say('open this link once: it makes you the first administrator and approver of this demonstration')
    process.stdout.write(`\n  ${server.setUpLink}\n\n`)
    await wait(ORDINARY_MS, signal)
    demo.faults.missingIndex()
    await demo.faults.forgotten()
    demo.faults.deadlocks()
    say('three faults are at work: a report without its index, a forgotten transaction, jobs that deadlock')
    say('approve what is proposed and watch it heal; Ctrl-C ends the demonstration')
    await report(demo, { say, signal, address: server.address })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await server?.close()
    await demo.stop()
    say('stopped; nothing is left behind')
  }
}

async function serve({ installation }: PanelDemo): Promise<RunningServer> {
  const { panel } = installation.config
  if (panel === null) throw new DbmedicError('DBM_USAGE', { problem: 'no panel is configured', hint: '' })
  // Loaded here: no other command waits for it.
  const { startServer } = await import('../../server/index.ts')
  return startServer(installation, panel)
}

const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal })

interface Telling {
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  readonly address: string
}

/** Pins who sets themselves up, and says in the terminal what the panel shows. */
async function report(demo: PanelDemo, { say, signal, address }: Telling): Promise<void> {
  const { read } = demo.installation.store
  const told = new Set<string>()
  const once = (key: string, line: string): boolean => {
    if (told.has(key)) return false
    told.add(key)
    say(line)
    return true
  }
  while (!signal.aborted) {
    for (const { userName, keyId, mayAdminister } of await read.people()) {
      if (keyId === null || !mayAdminister) continue
      const line = `${userName} is set up; the executor of this demonstration believes that key (elsewhere: dbmedic users pin)`
      if (once(`key ${keyId}`, line)) demo.pin(keyId)
    }
    for (const { decisionId } of await read.decisions({ status: 'PENDING_APPROVAL', limit: 20 }))
      once(`decision ${decisionId}`, `a plan waits for you: ${address}/decisions/${decisionId}`)
    for (const { issueId, issueStatus } of await read.issues({ limit: 50 }))
      if (issueStatus === 'RESOLVED') once(`issue ${issueId}`, `healed: ${address}/issues/${issueId}`)
    await wait(LOOK_EVERY_MS, signal)
  }
}
