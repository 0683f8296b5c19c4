/** The description of the API, made from the schemas that validate. */
import type { SwaggerOptions } from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { VERSION } from '../app/index.ts'
import type { Right } from './rights.ts'

const zodToJsonConfig = {
  // Lists are readonly in our types; in the description that would say nobody may send them.
  override: ({ jsonSchema }: { jsonSchema: { readOnly?: unknown } }): void => {
    delete jsonSchema.readOnly
  },
}

const transform = createJsonSchemaTransform({ zodToJsonConfig })

/** Options of @fastify/swagger. Each operation says which right it asks for. */
export const OPENAPI: SwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'dbmedic',
      version: VERSION,
      description:
        'Errors are problem details (RFC 9457). Lists give `next`, the cursor of the next page. Answers to GET carry an ETag. Times are UTC with six decimals.',
    },
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'dbmedic_session' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  },
  transform: (document) => {
    const { schema, url } = transform(document)
    const right = (document.route.config as { readonly right?: Right } | undefined)?.right
    const security =
      right === 'public' ? [] : right === 'session' ? [{ session: [] }] : [{ session: [] }, { token: [] }]
    return { schema: { ...schema, security, 'x-right': right } as typeof schema, url }
  },
  transformObject: createJsonSchemaTransformObject({ zodToJsonConfig }),
}
