// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do client and server speak the same protocol?
 *
 * Version 0.0: QEMU refuses a server that answers a minor version above its own.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "wire.h"

struct version {
	u16 major;
	u16 minor;
};

/* The client's capabilities are optional; what is there must be a JSON object. */
static bool capabilities_valid(const u8 *text, size_t len)
{
	struct json_tokener *tok;
	struct json_object *obj;
	bool ok;

	if (!len)
		return true;
	if (text[len - 1])
		return false;
	tok = json_tokener_new();
	if (!tok)
		return false;
	obj = json_tokener_parse_ex(tok, (const char *)text, len);
	ok = json_tokener_get_error(tok) == json_tokener_success &&
	     json_object_is_type(obj, json_type_object);
	json_object_put(obj);
	json_tokener_free(tok);
	return ok;
}

static struct json_object *our_capabilities(void)
{
	struct json_object *caps = json_object_new_object();
	struct json_object *top = json_object_new_object();

	json_object_object_add(caps, "max_msg_fds", json_object_new_int(MAX_FDS));
	json_object_object_add(caps, "max_data_xfer_size", json_object_new_int(MAX_XFER));
	json_object_object_add(caps, "write_multiple", json_object_new_boolean(true));
	json_object_object_add(top, "capabilities", caps);
	return top;
}

int version_handle(const struct request *req, struct reply *reply)
{
	struct version ours = { 0, 0 }, theirs;
	struct json_object *caps;
	const char *text;
	u8 *body;

	reply->hang_up = true;
	if (req->len < sizeof(theirs))
		return EINVAL;
	memcpy(&theirs, req->body, sizeof(theirs));
	if (theirs.major != ours.major)
		return ENOTSUP;
	if (!capabilities_valid(req->body + sizeof(theirs), req->len - sizeof(theirs)))
		return EINVAL;
	caps = our_capabilities();
	text = json_object_to_json_string_ext(caps, JSON_C_TO_STRING_PLAIN);
	body = reply_alloc(reply, sizeof(ours) + strlen(text) + 1);
	memcpy(body, &ours, sizeof(ours));
	strcpy((char *)body + sizeof(ours), text);
	json_object_put(caps);
	reply->hang_up = false;
	return 0;
}
