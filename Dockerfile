# syntax=docker/dockerfile:1
# One image for every role: ROLE=api, ROLE=worker or ROLE=all, chosen when it is started.

FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build
# Out stay what only developers' machines need: npm's copies of Node, and the links to tools/.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/.bin/node node_modules/node-linux-* node_modules/@openchair/services node_modules/@openchair/inbox node_modules/@openchair/sdk \
  && find plugins -mindepth 2 -maxdepth 2 \( -name src -o -name test \) -exec rm -rf {} + \
  && rm -rf plugins/kit/dist/conformance

FROM node:24-slim
ENV NODE_ENV=production \
    ROLE=all \
    HOST=0.0.0.0 \
    PORT=3000 \
    NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/plugins ./plugins
COPY --from=build /app/widget ./widget
COPY --from=build /app/dist ./dist
# What /docs shows of each operation.
COPY --from=build /app/openapi/examples ./openapi/examples
# Nothing is written at run time: the file system may be read-only.
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
