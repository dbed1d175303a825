"""Access: seats, and THE gate through which every permission is asked."""
