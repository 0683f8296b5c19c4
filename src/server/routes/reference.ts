/** The description of the API, for programs and for people. It is no secret: every copy of the program has it. */

import { API_PAGE_STYLE, apiPage, STYLE_ADDRESS } from '../api-page/index.ts'
import type { ApiServer } from '../context.ts'

/** Adds the routes. They are not part of what they describe. */
export function referenceRoutes(app: ApiServer): void {
  const config = { right: 'public' as const }
  app.get(
    '/api/openapi.json',
    { config, schema: { summary: 'This description', tags: ['machines'], hide: true } },
    async () => app.swagger(),
  )
  let page: string | null = null
  app.get(
    '/api/reference',
    { config, schema: { summary: 'This description as a page', tags: ['machines'], hide: true } },
    async (_request, reply) => {
      // Written once: it changes with the program only.
      page ??= apiPage(app.swagger() as Parameters<typeof apiPage>[0])
      return reply.type('text/html; charset=utf-8').send(page)
    },
  )
  app.get(
    STYLE_ADDRESS,
    { config, schema: { summary: 'Its style', tags: ['machines'], hide: true } },
    async (_request, reply) => reply.type('text/css; charset=utf-8').send(API_PAGE_STYLE),
  )
}
