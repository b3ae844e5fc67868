# Postern in a container: relayd without privileges, on a root that may be read-only; data in /var/lib/postern.
# docker build -t postern .
ARG NODE_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && rm -r node_modules/better-sqlite3/deps node_modules/better-sqlite3/src dist/man dist/completion dist/.tsbuildinfo \
  && find node_modules/better-sqlite3/prebuilds -type f ! -name "linux-$(node -p process.arch).node" -delete \
  && find dist -name '*.map' -delete \
  && cp "$(command -v node)" /usr/local/bin/postern-node

FROM ${BASE_IMAGE}
RUN groupadd --system --gid 10001 postern \
  && useradd --system --uid 10001 --gid postern --home-dir /var/lib/postern --shell /usr/sbin/nologin postern \
  && install -d -m 700 -o postern -g postern /var/lib/postern
COPY --from=build /usr/local/bin/postern-node /usr/lib/postern/node
COPY --from=build /src/package.json /src/LICENSE /usr/lib/postern/
COPY --from=build /src/node_modules /usr/lib/postern/node_modules
COPY --from=build /src/config /usr/lib/postern/config
COPY --from=build /src/bin /usr/lib/postern/bin
COPY --from=build /src/dist /usr/lib/postern/dist
COPY packaging/container/healthcheck.js /usr/lib/postern/bin/healthcheck.js
COPY packaging/bin/relayd packaging/bin/relayctl /usr/bin/
COPY packaging/container/relay.toml /etc/postern/relay.toml

# Whatever the configuration says, data goes to the volume.
ENV RELAY_DATA_DIR=/var/lib/postern
VOLUME /var/lib/postern
WORKDIR /var/lib/postern
USER 10001:10001
EXPOSE 587 465 25 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/usr/lib/postern/node", "/usr/lib/postern/bin/healthcheck.js"]
ENTRYPOINT ["/usr/bin/relayd"]
CMD ["--config", "/etc/postern/relay.toml"]
