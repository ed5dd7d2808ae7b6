"""The subcommands of `villagepoints`: each module holds click commands, thin callers of one service."""
