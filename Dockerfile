# Node 26 runs the TypeScript as it is: there is no build.
FROM node:26-slim AS dependencies
WORKDIR /vigil
COPY package.json package-lock.json .npmrc ./
# The lockfile names these local packages; they are for development and bring nothing into the image.
COPY tools ./tools
RUN npm ci --omit=dev

FROM node:26-slim
ENV NODE_ENV=production \
    VIGIL_DATA_DIR=/var/lib/vigil
WORKDIR /vigil
COPY --from=dependencies /vigil/node_modules ./node_modules
COPY package.json manifest.yml LICENSE ./
COPY src ./src
COPY eval ./eval
RUN mkdir -p /var/lib/vigil && chown node:node /var/lib/vigil
USER node
VOLUME /var/lib/vigil
# 8080: the API. 9000: metrics and health, for the inside of your network alone.
EXPOSE 8080 9000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9000/-/healthy').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that it gets SIGTERM. Give it more than VIGIL_SHUTDOWN_BUDGET_SECONDS before SIGKILL.
ENTRYPOINT ["node", "src/main.ts"]
CMD ["start"]
