# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /relay
COPY package.json package-lock.json ./
# With optional packages: esbuild's program for this machine is one of them.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/bundle-graphiql.mjs scripts/
COPY graphiql graphiql
COPY migrations migrations
COPY src src
# Without them: the embedded PostgreSQL is for trying things out without Docker.
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production LETHE_DATA=/var/lib/lethe
WORKDIR /relay
COPY --from=build /relay/package.json ./
COPY --from=build /relay/node_modules node_modules
COPY --from=build /relay/dist dist
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/lethe
USER node
VOLUME /var/lib/lethe
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
