# One image for every service: docker-compose.yml starts each with its own command, the one that the supervisor uses.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /millrace
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY apps apps
COPY libs libs
RUN npm ci --no-audit --no-fund
RUN node node_modules/@typescript/native/bin/tsc -b
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
WORKDIR /millrace
ENV NODE_ENV=production MILLRACE_BIND_ADDRESS=0.0.0.0
COPY --from=build /millrace/package.json ./
COPY --from=build /millrace/node_modules node_modules
COPY --from=build /millrace/libs libs
COPY --from=build /millrace/apps apps
COPY tools/supervisor tools/supervisor
COPY infra/local infra/local
COPY infra/postgres infra/postgres
COPY infra/docker infra/docker
RUN mkdir -p /state/keys /state/artifacts && chown -R node:node /state
USER node
ENTRYPOINT ["/bin/sh", "/millrace/infra/docker/enter.sh"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 CMD ["node", "infra/docker/healthy.cjs"]
