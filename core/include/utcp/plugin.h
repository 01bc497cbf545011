/* The plug-in ABI of utcp, version 1: a transport in a shared library, in any language that can speak C.
 *
 * This file is all a plug-in needs; it includes nothing of utcp and links nothing of it. docs/plugins.md is the guide,
 * docs/adr/0003-plugin-abi.md says why it is as it is, examples/plugin_transport is one written in C++.
 *
 * The life of a plug-in
 *   1. The client calls utcp_plugin_entry once to read the name and the protocols, and once more for each client that
 *      uses them. Each call makes one instance; instances share nothing that the plug-in does not share itself. The entry
 *      should be cheap: start threads and connections with the first request.
 *   2. discover, call, open_stream and next each begin one operation and return at once. The plug-in completes each
 *      operation exactly once through utcp_host.complete: during the request, or later, from any thread.
 *   3. destroy ends the instance: every operation still under way is completed (as "cancelled" will do), threads are
 *      joined. When it has returned, nothing of the host may be called for this instance any more; the library may be
 *      unloaded. An instance that leaves an operation without a completion is kept, with its library, to the end of the
 *      process.
 *
 * Threads
 *   The host calls one instance from one thread at a time, though not always the same thread. The plug-in may call the
 *   functions of utcp_host from any thread and from several at once, also while the host is in one of the plug-in's
 *   functions. The host calls no function of the plug-in from within complete or manual_changed.
 *
 * Memory
 *   What a pointer leads to belongs to who passed it and is valid until the call that passed it returns: the plug-in
 *   copies what it keeps of a request, the host copies what it keeps of an outcome. Nobody frees what the other made, so
 *   there is no allocator in this interface. Two things live longer: utcp_host, from the entry until destroy returns;
 *   utcp_plugin with its strings, from the entry until destroy returns.
 *
 * Versions
 *   Each struct begins with its size as its writer knew it (sizeof). A reader takes no field beyond that size, so fields
 *   are added at the end without a new version. UTCP_PLUGIN_ABI changes when anything else does.
 *
 * Nothing may be thrown, and no longjmp may pass, across any of these functions. */
#ifndef UTCP_PLUGIN_H
#define UTCP_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UTCP_PLUGIN_ABI 1u

/* Put before utcp_plugin_entry, so that it is visible with -fvisibility=hidden. */
#if defined(_WIN32)
#define UTCP_PLUGIN_EXPORT __declspec(dllexport)
#else
#define UTCP_PLUGIN_EXPORT __attribute__((visibility("default")))
#endif

/* Bytes that belong to somebody else; not terminated. Absent: size 0. Text is UTF-8. */
typedef struct utcp_view {
  const char* data;
  size_t size;
} utcp_view;

/* What utcp_outcome.payload is. */
enum {
  UTCP_NOTHING = 0, /* no payload: the opened stream of open_stream; for call the JSON value null */
  UTCP_JSON = 1,    /* a JSON text */
  UTCP_TEXT = 2,    /* text */
  UTCP_BYTES = 3,   /* any bytes */
  UTCP_END = 4      /* only of next: the stream is at its end */
};

/* How an operation ended. Fill it with zeros and set what is needed. */
typedef struct utcp_outcome {
  size_t size;           /* sizeof(utcp_outcome) */
  uint32_t payload_kind; /* UTCP_NOTHING … */
  utcp_view payload;     /* of discover: a UTCP manual as JSON, of either dialect. Longer than the request's
                            max_response_bytes makes the operation fail as too_large */
  utcp_view meta;        /* absent, or a JSON object with details (status, timings); only when context.want_meta is true */
  utcp_view notices;     /* of discover: absent, or a JSON array of {"place": …, "message": …}: what was left out, and why */
  utcp_view error;       /* absent: it went well. Otherwise the name of an errc of utcp/error.hpp, such as "timed_out",
                            "connection_failed", "remote_failed", "invalid_argument"; the payload is not read then */
  utcp_view message;     /* with error: what went wrong and what helps, in one sentence, without secrets */
  utcp_view remote;      /* with error: absent, or a JSON text with what the remote side said */
} utcp_outcome;

/* What a plug-in may call. */
typedef struct utcp_host {
  size_t size;   /* sizeof(utcp_host) as the host knows it */
  uint32_t abi;  /* UTCP_PLUGIN_ABI of the host; a plug-in that does not know it returns NULL from the entry */
  void* context; /* handed back in each call */

  /* Ends an operation. Exactly once for each; a second time is ignored, and told to the client's observer. Also after
   * cancel: the host waits for nobody, but counts. */
  void (*complete)(void* context, uint64_t operation, const utcp_outcome* outcome);

  /* The tools of a manual changed: the host will call discover again. */
  void (*manual_changed)(void* context, utcp_view manual);
} utcp_host;

/* One discovery or call. */
typedef struct utcp_request {
  size_t size;             /* sizeof(utcp_request) */
  uint64_t operation;      /* names the operation in complete and cancel; never used twice by an instance */
  utcp_view manual;        /* the manual's name; state is kept by it, release drops it */
  utcp_view call_template; /* JSON object, as of UTCP 1.x ("call_template_type", "auth", the protocol's own keys), variables
                              replaced: it may hold secrets. For discover the provider's, for a call the tool's own */
  utcp_view tool;          /* the tool's name within the manual; absent for discover */
  utcp_view arguments;     /* JSON object; absent for discover */
  utcp_view context;       /* JSON object: "deadline_ms" (milliseconds left; absent: no deadline), "max_response_bytes",
                              "allow_insecure_http", "want_meta", "root_dir" (relative file paths start there), "origin"
                              ("configuration": the template was written by the user; "remote": it was fetched) */
} utcp_request;

/* One instance of a plug-in. */
typedef struct utcp_plugin {
  size_t size;                  /* sizeof(utcp_plugin) */
  uint32_t abi;                 /* UTCP_PLUGIN_ABI */
  const char* name;             /* for messages, such as "memo" */
  const char* const* protocols; /* the "call_template_type"s it serves; ends with NULL; at least one */
  void* self;                   /* handed back in each call */

  /* Finds the tools of a provider. Tools without a call template of their own are called with the provider's. */
  void (*discover)(void* self, const utcp_request* request);

  void (*call)(void* self, const utcp_request* request);

  /* Opens a stream of results. The number of this operation names the stream from then on. Both NULL: a stream of a tool
   * is one item, the answer of call. */
  void (*open_stream)(void* self, const utcp_request* request);
  /* Asks a stream for its next item; never while an earlier next of the stream is under way, never after an error or the
   * end. */
  void (*next)(void* self, uint64_t stream, uint64_t operation);

  /* Nobody waits for the operation any more: end it soon, and complete it all the same. Best effort. With the number of
   * an open_stream it also ends the stream, opened or opening, which is then gone. May name an operation that has just
   * been completed; that, and any unknown number, is ignored. */
  void (*cancel)(void* self, uint64_t operation);

  /* Drops connections, processes and caches of a manual. Returns at once. Calls under way go on or fail, as the protocol
   * has it; a later call starts afresh. */
  void (*release)(void* self, utcp_view manual);

  void (*destroy)(void* self);
} utcp_plugin;

/* The one symbol that a plug-in exports. NULL: it cannot run with this host. */
UTCP_PLUGIN_EXPORT const utcp_plugin* utcp_plugin_entry(const utcp_host* host);

#ifdef __cplusplus
}
#endif

#endif
