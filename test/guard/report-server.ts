// A server that takes reports, and keeps every byte it was sent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CountedReport, ReportBatch } from '../../guard/src/index.ts'

/** One request as it came. */
export interface SentBatch {
  readonly key: string
  readonly authorization: string
  readonly body: string
}

/** A running server. */
export interface ReportServer extends AsyncDisposable {
  readonly url: string
  readonly sent: SentBatch[]
  /** What the next requests are answered with; 202 when it is empty. */
  readonly answers: number[]
  /** All failures of batches that were taken, each batch once. */
  failures(): CountedReport[]
}

/** Starts one on a port of its own. */
export async function reportServer(): Promise<ReportServer> {
  const sent: SentBatch[] = []
  const answers: number[] = []
  const taken = new Map<string, ReportBatch>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      const key = String(request.headers['idempotency-key'])
      sent.push({ key, authorization: String(request.headers.authorization), body })
      const status = answers.shift() ?? 202
      if (status === 202) taken.set(key, JSON.parse(body) as ReportBatch)
      response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`,
    sent,
    answers,
    failures: () => [...taken.values()].flatMap((batch) => batch.failures),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
